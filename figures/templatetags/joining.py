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


LINE_BREAK = re.compile(r"[ \t]*\n\s*")
ATTRIBUTE_BREAK = re.compile(r"[ \t]*\n\s*(?=[\w-]+=\")")  # inside of a tag, where a blank has to stay


@register.tag
def joined(parser, token):
    """Words that stand on several lines of a template and on one of the page: a line break in it, with the white space
    around it, is nothing; before an attribute it is a blank. For Chinese sentences, where a line break would show as a
    blank. What it holds is joined when the template is read, not when it is rendered."""
    nodes = parser.parse(("endjoined",))
    parser.delete_first_token()
    for text in nodes.get_nodes_by_type(TextNode):
        text.s = LINE_BREAK.sub("", ATTRIBUTE_BREAK.sub(" ", text.s))
    return JoinedNode(nodes)
