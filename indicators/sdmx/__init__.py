"""The official figures by SDMX 2.1 REST, for statistical systems.

`queries` reads an address, `media` the Accept header, `catalogue` the database; `structures` and `messages` turn plain
rows into what is sent, with the library sdmx1. That library takes half a second to import, so that nothing
but the first request may name those two modules: `api` loads them by name.
"""
