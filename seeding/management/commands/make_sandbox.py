from django.core.management.base import BaseCommand

from seeding.sandbox import make_sandbox


class Command(BaseCommand):
    help = (
        "Make the database that tokens of the scope `try` are answered from: the demonstration, apart from the site's."
    )

    def handle(self, **options):
        file = make_sandbox()
        self.stdout.write("Another process is making it." if file is None else f"{file}")
