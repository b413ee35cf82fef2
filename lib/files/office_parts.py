"""What an Office package may hold: the content types of parts and the kinds of relationships that documents, workbooks
and slides are made of (ECMA-376, and what Office and WPS add). Nothing in these lists runs, and nothing fetches."""

import re

OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{OFFICE}wordprocessingml.document"
WORKBOOK = f"{OFFICE}spreadsheetml.sheet"
SLIDES = f"{OFFICE}presentationml.presentation"
PACKAGES = frozenset({DOCUMENT, WORKBOOK, SLIDES})  # embedded ones, looked into like the outer one

WORD = (
    "document.main",
    "document.glossary",
    "styles",
    "settings",
    "webSettings",
    "fontTable",
    "numbering",
    "footnotes",
    "endnotes",
    "comments",
    "commentsExtended",
    "commentsIds",
    "commentsExtensible",
    "people",
    "header",
    "footer",
)
EXCEL = (
    "sheet.main",
    "worksheet",
    "chartsheet",
    "styles",
    "sharedStrings",
    "calcChain",
    "comments",
    "table",
    "pivotTable",
    "pivotCacheDefinition",
    "pivotCacheRecords",
    "sheetMetadata",
    "tableSingleCells",
    "revisionHeaders",
    "revisionLog",
    "userNames",
)
POWERPOINT = (
    "presentation.main",
    "slide",
    "slideMaster",
    "slideLayout",
    "notesSlide",
    "notesMaster",
    "handoutMaster",
    "presProps",
    "viewProps",
    "tableStyles",
    "tags",
    "commentAuthors",
    "comments",
    "slideUpdateInfo",
)
DRAWING = ("chart", "chartshapes", "diagramData", "diagramLayout", "diagramStyle", "diagramColors")
OF_MICROSOFT = (
    "excel.threadedcomments",
    "excel.person",
    "excel.slicer",
    "excel.slicerCache",
    "excel.timeline",
    "excel.timelineCache",
    "excel.controlproperties",
    "excel.rdrichvalue",
    "excel.rdrichvaluestructure",
    "excel.rdrichvaluetypes",
    "excel.rdarray",
    "excel.richstyles",
    "excel.rdsupportingpropertybag",
    "excel.rdsupportingpropertybagstructure",
    "excel.richvaluerel",
    "excel.namedsheetview",
    "excel.featurepropertybag",
    "word.stylesWithEffects",
    "office.chartstyle",
    "office.chartcolorstyle",
    "office.chartex",
    "office.drawingml.diagramDrawing",
    "office.DrsDownRev",
    "office.classificationlabels",
    "powerpoint.changesinfo",
    "powerpoint.revisioninfo",
    "powerpoint.comments",
    "powerpoint.authors",
)
PACKAGE = "application/vnd.openxmlformats-package."
AS_XML = {
    *(f"{OFFICE}wordprocessingml.{name}+xml" for name in WORD),
    *(f"{OFFICE}spreadsheetml.{name}+xml" for name in EXCEL),
    *(f"{OFFICE}presentationml.{name}+xml" for name in POWERPOINT),
    *(f"{OFFICE}drawingml.{name}+xml" for name in DRAWING),
    *(f"{OFFICE}{name}+xml" for name in ("theme", "themeOverride", "drawing", "customXmlProperties")),
    *(f"{OFFICE}{name}+xml" for name in ("extended-properties", "custom-properties")),
    *(f"application/vnd.ms-{name}+xml" for name in OF_MICROSOFT),
    *(f"{PACKAGE}{name}+xml" for name in ("relationships", "core-properties", "digital-signature-xmlsignature")),
    "application/vnd.wps-officedocument.cellimage+xml",
    "application/xml",
    "image/svg+xml",
    f"{OFFICE}vmlDrawing",
}
AS_BYTES = {
    *(f"{OFFICE}{name}" for name in ("spreadsheetml.printerSettings", "wordprocessingml.printerSettings")),
    *(f"{OFFICE}{name}" for name in ("presentationml.printerSettings", "spreadsheetml.customProperty")),
    *(f"{OFFICE}{name}" for name in ("obfuscatedFont",)),
    *(f"{PACKAGE}digital-signature-{name}" for name in ("origin", "certificate")),
    "application/x-fontdata",
    "application/x-font-ttf",
    "text/plain",
    *(f"image/{name}" for name in ("png", "jpeg", "jpg", "gif", "bmp", "tiff", "x-emf", "x-wmf", "emf", "wmf")),
    "image/vnd.ms-photo",
    "image/webp",
    "image/x-pict",
    "image/pict",
    "audio/mpeg",
    "audio/mp3",
    "audio/mp4",
    "audio/wav",
    "audio/x-wav",
    "video/mp4",
    "video/quicktime",
}
XML_TYPES = frozenset(name.lower() for name in AS_XML)
OTHER_TYPES = frozenset(name.lower() for name in AS_BYTES)
PACKAGE_TYPES = frozenset(name.lower() for name in PACKAGES)
FORMULA_TYPES = frozenset(
    f"{OFFICE}spreadsheetml.{name}+xml".lower() for name in ("sheet.main", "worksheet", "chartsheet", "table")
)
FIELD_TYPES = frozenset(
    f"{OFFICE}wordprocessingml.{name}+xml".lower()
    for name in ("document.main", "document.glossary", "header", "footer", "footnotes", "endnotes", "comments")
)
ACTION_TYPES = frozenset(f"{OFFICE}presentationml.{name}+xml".lower() for name in POWERPOINT)

RELATIONSHIPS = frozenset(
    name.lower()
    for name in (
        "officeDocument",
        "extended-properties",
        "custom-properties",
        "metadata/core-properties",
        "thumbnail",
        "metadata/thumbnail",
        "styles",
        "theme",
        "themeOverride",
        "settings",
        "webSettings",
        "fontTable",
        "font",
        "numbering",
        "footnotes",
        "endnotes",
        "comments",
        "header",
        "footer",
        "glossaryDocument",
        "hyperlink",
        "image",
        "chart",
        "chartUserShapes",
        "diagramData",
        "diagramLayout",
        "diagramQuickStyle",
        "diagramColors",
        "customXml",
        "customXmlProps",
        "printerSettings",
        "package",
        "worksheet",
        "chartsheet",
        "sharedStrings",
        "calcChain",
        "drawing",
        "vmlDrawing",
        "table",
        "tableSingleCells",
        "pivotTable",
        "pivotCacheDefinition",
        "pivotCacheRecords",
        "sheetMetadata",
        "revisionHeaders",
        "revisionLog",
        "usernames",
        "ctrlProp",
        "slide",
        "slideMaster",
        "slideLayout",
        "notesSlide",
        "notesMaster",
        "handoutMaster",
        "presProps",
        "viewProps",
        "tableStyles",
        "tags",
        "commentAuthors",
        "slideUpdateInfo",
        "audio",
        "video",
        "customProperty",
        "digital-signature/origin",
        "digital-signature/signature",
        "digital-signature/certificate",
        "media",
        "person",
        "threadedComment",
        "chartStyle",
        "chartColorStyle",
        "chartEx",
        "diagramDrawing",
        "stylesWithEffects",
        "commentsExtended",
        "commentsIds",
        "commentsExtensible",
        "people",
        "slicer",
        "slicerCache",
        "timeline",
        "timelineCache",
        "rdRichValue",
        "rdRichValueStructure",
        "rdRichValueTypes",
        "rdArray",
        "richStyles",
        "richValueRel",
        "rdSupportingPropertyBag",
        "rdSupportingPropertyBagStructure",
        "hdphoto",
        "changesInfo",
        "revisionInfo",
        "authors",
        "namedSheetView",
        "classificationlabels",
        "featurePropertyBag",
        "ctrlProps",
        "cellImage",
    )
)
_KNOWN = re.compile(
    r"http://(?:schemas\.openxmlformats\.org/(?:officeDocument|package)/2006/relationships"
    r"|purl\.oclc\.org/ooxml/officeDocument/relationships"
    r"|schemas\.microsoft\.com/office/[0-9]{4}(?:/[0-9]{2})?/relationships"
    r"|www\.wps\.cn/officeDocument/[0-9]{4})/([A-Za-z/-]{1,60})",
    re.IGNORECASE,
)


def relationship_name(kind: str) -> str:
    """The last part of a relationship's type in lower case; nothing where nobody known has named it so."""
    found = _KNOWN.fullmatch(kind.strip())
    return found.group(1).lower() if found else ""


_FIELDS = """
= ADDIN ADDRESSBLOCK ADVANCE ASK AUTHOR AUTONUM AUTONUMLGL AUTONUMOUT BARCODE BIBLIOGRAPHY CITATION
COMMENTS COMPARE CREATEDATE DATE DISPLAYBARCODE DOCPROPERTY DOCVARIABLE EDITTIME EMBED EQ FILENAME
FILESIZE FILLIN FORMCHECKBOX FORMDROPDOWN FORMTEXT FORMULA GREETINGLINE HYPERLINK IF INDEX INFO
KEYWORDS LASTSAVEDBY LISTNUM MERGEFIELD MERGEREC MERGESEQ NEXT NEXTIF NOTEREF NUMCHARS NUMPAGES
NUMWORDS PAGE PAGEREF PRINTDATE PRIVATE QUOTE REF REVNUM SAVEDATE SECTION SECTIONPAGES SEQ SET SHAPE
SKIPIF STYLEREF SUBJECT SYMBOL TA TC TEMPLATE TIME TITLE TOA TOC USERADDRESS USERINITIALS USERNAME
XE
"""
FIELDS = frozenset(_FIELDS.split())
