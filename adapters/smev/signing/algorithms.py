"""Names of the algorithms: XMLDSig URIs and object identifiers, by size in bits (256 or 512)."""

C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
TRANSFORM = "urn://smev-gov-ru/xmldsig/transform"
DS = "http://www.w3.org/2000/09/xmldsig#"
_PREFIX = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"

SIGNATURE_URI = {bits: f"{_PREFIX}gostr34102012-gostr34112012-{bits}" for bits in (256, 512)}
DIGEST_URI = {bits: f"{_PREFIX}gostr34112012-{bits}" for bits in (256, 512)}

KEY_OID = {256: "1.2.643.7.1.1.1.1", 512: "1.2.643.7.1.1.1.2"}
DIGEST_OID = {256: "1.2.643.7.1.1.2.2", 512: "1.2.643.7.1.1.2.3"}
SIGNATURE_OID = {256: "1.2.643.7.1.1.3.2", 512: "1.2.643.7.1.1.3.3"}

#: Parameter set → its name in `gostcrypto`. The CryptoPro names of 2001 are sets of TC 26 under other numbers.
CURVES = {
    "1.2.643.2.2.35.1": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.35.2": "id-tc26-gost-3410-2012-256-paramSetC",
    "1.2.643.2.2.35.3": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.2.2.36.0": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.2.2.36.1": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.7.1.2.1.1.1": "id-tc26-gost-3410-2012-256-paramSetA",
    "1.2.643.7.1.2.1.1.2": "id-tc26-gost-3410-2012-256-paramSetB",
    "1.2.643.7.1.2.1.1.3": "id-tc26-gost-3410-2012-256-paramSetC",
    "1.2.643.7.1.2.1.1.4": "id-tc26-gost-3410-2012-256-paramSetD",
    "1.2.643.7.1.2.1.2.1": "id-tc26-gost-3410-12-512-paramSetA",
    "1.2.643.7.1.2.1.2.2": "id-tc26-gost-3410-12-512-paramSetB",
    "1.2.643.7.1.2.1.2.3": "id-tc26-gost-3410-2012-512-paramSetC",
}
#: Of test keys.
USUAL_CURVE = {256: "1.2.643.2.2.35.1", 512: "1.2.643.7.1.2.1.2.1"}
