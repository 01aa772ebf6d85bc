"""Systems that speak SOAP 1.1 and 1.2 by their WSDLs: an inspection that takes filings, a reception that calls us."""
