"""A consumer that knows the feed alone: it keeps the official facts by replaying the rows that it is given."""


class Consumer:
    """`get(address)` answers with the JSON of a GET. `numbers` are all that it has seen, in the order seen."""

    def __init__(self, get, page_size=50):
        self.get, self.address = get, f"/api/v1/changes/?page_size={page_size}"
        self.numbers: list[int] = []
        self.facts: dict[tuple, tuple] = {}

    def poll(self) -> int:
        """One call; the number of rows that were new. What to ask next time is what the answer says."""
        body = self.get(self.address)
        for row in body["results"]:
            self.numbers.append(row["number"])
            if row["series"]:
                self._take(row)
        self.address = body["next"]
        return len(body["results"])

    def drain(self) -> None:
        while self.poll():
            pass

    def _take(self, row) -> None:
        key = row["series"], row["area"], row["indicator"], row["year"]
        if row["value"] is None:
            assert row["kind"] == "withdrawn"
            self.facts.pop(key, None)
        else:
            self.facts[key] = row["value"], row["version"], row["is_demo"]


def listed(get) -> dict[tuple, tuple]:
    """The same facts as the three lists hold them."""
    facts = {}
    for series, name in (("OBS", "observations"), ("TARGET", "targets"), ("STANDARD", "standards")):
        address = f"/api/v1/{name}/?page_size=1000"
        while address:
            body = get(address)
            for row in body["results"]:
                key = series, row["area"], row["indicator"], row["year"]
                facts[key] = row["value"], row["version"], row["is_demo"]
            address = body["next"]
    return facts
