"""A small valid PDF: an answer that comes only as a file."""


def write_pdf(text: str) -> bytes:
    """One page; the text is stored as its UTF-16 title, since the base fonts have no Cyrillic."""
    title = "<feff" + text.encode("utf-16-be").hex() + ">"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        f"<</Title{title}>>",
    )
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(body)
    body += (
        f"xref\n0 5\n0000000000 65535 f \n{table}trailer<</Size 5/Root 1 0 R/Info 4 0 R>>\nstartxref\n{start}\n%%EOF\n"
    )
    return body.encode("ascii")
