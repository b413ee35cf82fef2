"""Words that stand on several lines of a template and on one of the page."""

import re

from django import template
from django.template.base import Node, NodeList, TextNode

register = template.Library()


class JoinedNode(Node):
    """What stands between `joined` and `endjoined`."""

    def __init__(self, nodelist: NodeList):
        self.nodelist = nodelist

    def render(self, context):
        return self.nodelist.render(context)


ATTRIBUTE = re.compile(r"[\w-]{1,40}=\"")


def on_one_line(text: str) -> str:
    """A line break inside of a tag, before an attribute, stays a blank; any other is nothing."""
    first, *others = text.split("\n")
    if not others:
        return text
    joined_text = first.rstrip(" \t")
    for line in (*(each.strip() for each in others[:-1]), others[-1].lstrip()):
        joined_text += f" {line}" if ATTRIBUTE.match(line) else line
    return joined_text


@register.tag
def joined(parser, token):
    """Words that stand on several lines of a template and on one of the page: a line break in it, with the white space
    around it, is nothing; before an attribute it is a blank. For Chinese sentences, where a line break would show as a
    blank. What it holds is joined when the template is read, not when it is rendered."""
    nodes = parser.parse(("endjoined",))
    parser.delete_first_token()
    for text in nodes.get_nodes_by_type(TextNode):
        text.s = on_one_line(text.s)
    return JoinedNode(nodes)
