"""What the service answers when it cannot give what was asked."""

from xml.etree import ElementTree  # nosec B405  # writes answers, reads nothing

from lib.refusals import KIND_OF_STATUS, Refused
from lib.web.languages import is_english

MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
COMMON = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"
# Codes of the SDMX 2.1 web service guidelines (section 5.8); from 1000 on they are a service's own.
CODES = {
    400: (140, "Syntax error"),
    401: (110, "Unauthorized"),
    403: (110, "Unauthorized"),
    404: (100, "No results found"),
    413: (510, "Response size exceeds service limit"),
    500: (500, "Internal server error"),
    501: (501, "Not implemented"),
    503: (503, "Service unavailable"),
}


class SdmxRefused(Refused):
    """A request refused: the HTTP status, which tells the kind, and words saying what to do."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.kind = KIND_OF_STATUS[status]


def error_message(status: int, words: str) -> bytes:
    """`words` as an SDMX-ML 2.1 error message: beside Chinese ones the standard's own title in English."""
    code, title = CODES.get(status, (1000 + status, "Request refused"))
    ElementTree.register_namespace("mes", MESSAGE)
    ElementTree.register_namespace("com", COMMON)
    root = ElementTree.Element(f"{{{MESSAGE}}}Error")
    message = ElementTree.SubElement(root, f"{{{MESSAGE}}}ErrorMessage", code=str(code))
    texts = [("en", words)] if is_english() else [("zh", words), ("en", title)]
    for language, text in texts:
        element = ElementTree.SubElement(message, f"{{{COMMON}}}Text")
        element.set("{http://www.w3.org/XML/1998/namespace}lang", language)
        element.text = text
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
