"""`{% url %}` as Django has it, of addresses that are made once (`lib/web/addresses.py`)."""

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode, url
from django.utils.html import conditional_escape

from lib.web.addresses import address_of

register = template.Library()
OF_A_NAMESPACE = ":"  # whose address depends on the application that the request has come to


class KeptURLNode(URLNode):
    """The plain case, `{% url name part … %}`; any other goes Django's way."""

    def render(self, context: Context) -> str:
        name = self.view_name.resolve(context)
        is_plain = not self.asvar and not self.kwargs
        if not is_plain or not name or OF_A_NAMESPACE in name:
            return super().render(context)
        address = address_of(name, *(part.resolve(context) for part in self.args))
        return conditional_escape(address) if context.autoescape else address


@register.tag("url")
def kept_url(parser: Parser, token: Token) -> KeptURLNode:
    """`{% url %}`: the syntax is Django's own."""
    node = url(parser, token)
    return KeptURLNode(node.view_name, node.args, node.kwargs, node.asvar)
