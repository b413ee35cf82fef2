"""Files as people send them, made in code: good ones, and each way in which they go wrong."""

import io
import zipfile
from datetime import date

from openpyxl import Workbook

INDICATOR_HEADER = ["指标代码", "指标名称", "单位", "方向", "性质", "容差", "领域", "章节", "来源", "责任部门"]
P02 = ["P02", "污水集中处理率", "%", "越高越好", "年度水平", 0.5, "环境卫生", 5, "省定", "住房城乡建设局"]
P09 = ["P09", "重点项目累计完成投资", "亿元", "越高越好", "累计", 2, "产业配套", 2, "省定", "发展和改革局"]
TARGET_HEADER = ["区划代码", "地区", "指标代码", "指标", "2024年", "2025年", "文件依据、说明"]
TONGLU = ["330122", "桐庐县", "P02", "污水集中处理率", 95, 96, ""]
CHUNAN = ["330127", "淳安县", "P02", "污水集中处理率", 94, 95.5, ""]
OBSERVED = "area,indicator,year,value,note"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(change=None, **sheets) -> bytes:
    """A workbook of those sheets (lists of rows), then changed by `change(book)`."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    return saved(book)


def targets(*rows, header=TARGET_HEADER, change=None, name="年度目标") -> bytes:
    return workbook(change, **{name: [header, *rows]})


def indicators(*rows, header=INDICATOR_HEADER, change=None) -> bytes:
    return workbook(change, 指标=[header, *rows])


def with_(row, **cells) -> list:
    """The row with some cells replaced, named by their letters."""
    return [cells.get("ABCDEFGHIJKLMN"[at], value) for at, value in enumerate(row)]


def repacked(content: bytes, **parts) -> bytes:
    """The workbook with some parts of its archive replaced; a part may be a list of pieces to stream."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            pieces = parts.get(name.rpartition("/")[2].partition(".")[0], [old.read(name)])
            with new.open(name, "w", force_zip64=True) as part:
                for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                    part.write(piece)
    return out.getvalue()


def sheet_xml(rows) -> list[bytes]:
    head = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{NAMESPACE}"><sheetData>'.encode()
    return [head, *rows, b"</sheetData></worksheet>"]


def inline(number: int, values) -> bytes:
    cells = "".join(
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for letter, value in zip("ABCDEFG", values, strict=False)
    )
    return f'<row r="{number}">{cells}</row>'.encode()


def empty_rows(first: int, last: int):
    """<row> after <row> with a style and nothing in it, a thousand to a piece."""
    for start in range(first, last, 1000):
        yield b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(start, min(start + 1000, last)))


def million_empty_rows(after=b"") -> bytes:
    filled = [inline(1, TARGET_HEADER), inline(2, TONGLU)]
    return repacked(targets(TONGLU), sheet1=sheet_xml([*filled, *empty_rows(3, 1_048_576), after]))


def zip_bomb() -> bytes:
    """A sheet of 500 MB of blanks."""
    return repacked(targets(TONGLU), sheet1=sheet_xml([b" " * 2**20] * 500))


def small_zip_bomb() -> bytes:
    """Within 100 MB, but a thousandfold."""
    return repacked(targets(TONGLU), sheet1=sheet_xml([b" " * 2**20] * 90))


def lying_zip() -> bytes:
    """A part that unpacks to more than its directory declares."""
    content = bytearray(repacked(targets(TONGLU), sheet1=sheet_xml([b" " * 2**20] * 40)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    size, false = part.file_size.to_bytes(4, "little"), (5000).to_bytes(4, "little")
    at = content.rfind(size)
    content[at : at + 4] = false
    return bytes(content)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><worksheet>&e9;</worksheet>'
    return repacked(targets(TONGLU), sheet1=xml.encode())


def archive(**names) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in names.items():
            file.writestr(name.replace("__", "/").replace("_", "."), text)
    return out.getvalue()


def merged(book):
    book["年度目标"].merge_cells("E2:E3")


def title_above(book):
    sheet = book["年度目标"]
    sheet.insert_rows(1)
    sheet["A1"] = "附件2：年度目标表"
    sheet.merge_cells("A1:G1")


def hidden(book):
    book["年度目标"].sheet_state = "hidden"
    book.create_sheet("封面").append(["看得见"])


def hidden_beside(book):
    book.create_sheet("草稿").append(["年度目标"])
    book["草稿"].sheet_state = "veryHidden"


def formula(book):
    book["年度目标"]["F2"] = "=E2+1"


def per_cent(book):
    book["年度目标"]["F2"] = 0.965
    book["年度目标"]["F2"].number_format = "0.0%"


def dated(book):
    book["年度目标"]["F2"] = date(2025, 3, 1)


def cached_formula() -> bytes:
    row = b'<row r="2">' + inline(2, [*TONGLU[:4], "95"])[len(b'<row r="2">') : -len(b"</row>")]
    row += b'<c r="F2"><f>E2+1</f><v>96.099999999999994</v></c></row>'
    return repacked(targets(TONGLU), sheet1=sheet_xml([inline(1, TARGET_HEADER), row]))


def many_rows(number: int) -> bytes:
    """Official values, one a row, more than may be."""
    return "\n".join([OBSERVED, *(f"330122,P02,{2024 + n},95," for n in range(number))]).encode()


def text(*rows, encoding="utf-8", delimiter=",") -> bytes:
    lines = [delimiter.join(map(str, row)) for row in (TARGET_HEADER, *rows)]
    return "\r\n".join(lines).encode(encoding)
