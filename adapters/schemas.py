"""libxml2's schemas, fit for threads.

libxml2 sets up its schema types with the first schema of a process, and several threads spoil that for each other: a
smallest one is compiled while only the importing thread is here.
"""

from lxml import etree

XMLSchema = etree.XMLSchema
XMLSchema(etree.XML('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'))
