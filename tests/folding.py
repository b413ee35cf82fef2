"""Pages as a browser takes them: white space beside an element of a block means nothing."""

import re

BLOCKS = "|".join(("caption", "dd", "div", "dl", "dt", "form", "h[1-6]", "li", "ol", "p", "section", "table", "tbody"))
BLOCKS += "|td|th|thead|tr|ul"
BESIDE = re.compile(rf"\s*(</?(?:{BLOCKS})\b[^<>]*>)\s*")


def folded(html: str) -> str:
    """`html` without the white space before and after the tags of block elements."""
    return BESIDE.sub(r"\1", html)
