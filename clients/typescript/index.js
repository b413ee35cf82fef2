// A client of 县城城镇化建设监测平台 for Node 18 and newer, without dependencies.
//
// Written by `python -m tools.api_clients` from the description of the API; what is changed here by hand is lost.
//
// import { Platform } from "county-urbanization-client";
// const platform = new Platform("https://…", "cuat_…");
// for await (const row of platform.rows("observations", { area: "330127", year_from: 2023 })) …
// for await (const change of platform.follow("cursor.txt")) …
// const number = await platform.snapshot("official.parquet");

import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const PATIENCE = 5;
const LONGEST_WAIT = 120;
const WAITING_HELPS = new Set([429, 502, 503, 504]);
const UNDER_WAY = "/problems/request-under-way/";

/** What the service answered instead (RFC 9457): `type` for programs, `detail` in words. */
export class Problem extends Error {
  constructor(status, members) {
    super(`${status} ${members.detail ?? ""}`);
    this.name = "Problem";
    this.status = status;
    this.members = members;
    this.type = members.type ?? "about:blank";
    this.detail = members.detail ?? "";
  }
}

/** A file that arrived is not the one that was sent. */
export class Damaged extends Error {}

/** A webhook that is not the platform's, was altered on its way, or is an old one sent again. */
export class Forged extends Error {}

export class Platform {
  constructor(address, token, { timeout = 60 } = {}) {
    this.address = address.replace(/\/+$/, "");
    this.token = token;
    this.timeout = timeout;
  }

  /** Every row of a list, a page at a time. */
  async *rows(name, filters = {}) {
    let address = this.#list(name, { page_size: 1000, ...filters });
    while (address) {
      const page = await (await this.#open(address)).json();
      yield* page.results;
      address = page.results.length ? page.next : null;
    }
  }

  /** What happened after `cursor`, in order. Keep the `number` of the last one: it is the next cursor. */
  async *changes(cursor = 0, filters = {}) {
    for (;;) {
      const page = await (await this.#open(this.#list("changes", { page_size: 1000, ...filters, cursor }))).json();
      yield* page.results;
      if (!page.results.length) return;
      cursor = page.cursor;
    }
  }

  /** `changes`, with the cursor kept in a file. What was under way when a program died comes again. */
  async *follow(file, filters = {}) {
    const known = await readFile(file, "utf8").catch((error) => {
      if (error.code === "ENOENT") return "0";
      throw error;
    });
    for await (const change of this.changes(Number(known), filters)) {
      yield change;
      await writeFile(`${file}.part`, String(change.number));
      await rename(`${file}.part`, file);
    }
  }

  /** All official data at a number of the feed, as a file: .parquet, .csv, .sdmx.csv. Gives the number. */
  async snapshot(file, { number = "latest", after } = {}) {
    const format = file.endsWith(".sdmx.csv") ? "sdmx-csv" : file.split(".").at(-1);
    const query = new URLSearchParams({ format, ...(after ? { after } : {}) });
    const answer = await this.#open(`${this.address}/api/v1/snapshots/${number}/?${query}`);
    const wanted = answer.headers.get("etag").replace(/^W\//, "").replaceAll('"', "");
    const digest = createHash("sha256");
    const counted = new Transform({
      transform(chunk, _encoding, done) {
        digest.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(answer.body), counted, createWriteStream(`${file}.part`));
    const found = digest.digest("hex");
    if (found !== wanted) {
      await rm(`${file}.part`);
      throw new Damaged(`${file}: SHA-256 ${found}, but ${wanted} was sent`);
    }
    await rename(`${file}.part`, file);
    return Number(answer.headers.get("content-location").split("/snapshots/")[1].split("/")[0]);
  }

  /** The entries of a sheet as they are stored, and its tag for `putEntries`. */
  async entries(area, year) {
    const answer = await this.#open(`${this.address}/api/v1/submissions/${area}/${year}/entries/`);
    return { entries: (await answer.json()).entries, tag: answer.headers.get("etag") };
  }

  /** All entries or none. The same key is carried out once. */
  async putEntries(area, year, entries, { dryRun = false, tag, key } = {}) {
    const more = tag ? { "If-Match": tag } : {};
    return this.#send("PUT", `submissions/${area}/${year}/entries/`, { dry_run: dryRun, entries }, key, more);
  }

  /** hand_over, take_back, submit, withdraw, return, approve, reopen. */
  async takeStep(area, year, step, details = {}, { key } = {}) {
    return this.#send("POST", `submissions/${area}/${year}/${step}/`, details, key);
  }

  #list(name, filters) {
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const texts = given.map(([key, value]) => [key, Array.isArray(value) ? value.join(",") : String(value)]);
    return `${this.address}/api/v1/${name}/?${new URLSearchParams(texts)}`;
  }

  async #send(method, path, body, key, more = {}) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key ?? randomUUID(), ...more };
    const answer = await this.#open(`${this.address}/api/v1/${path}`, method, JSON.stringify(body), headers);
    return answer.json();
  }

  async #open(address, method = "GET", body = undefined, more = {}) {
    const headers = { Authorization: `Bearer ${this.token}`, ...more };
    for (let attempt = 1; ; attempt++) {
      const signal = AbortSignal.timeout(this.timeout * 1000);
      let answer;
      try {
        answer = await fetch(address, { method, body, headers, signal });
      } catch (error) {
        if (attempt === PATIENCE) throw error;
        await pause(waited(null, attempt));
        continue;
      }
      if (answer.ok) {
        if (answer.headers.get("deprecation")) {
          const words = `${new URL(address).pathname} will be switched off: ${answer.headers.get("sunset")}`;
          process.emitWarning(words, "DeprecationWarning");
        }
        return answer;
      }
      const members = await answer.json().catch(() => ({ detail: answer.statusText }));
      const wait = waited(answer.headers.get("retry-after"), attempt);
      const passes = WAITING_HELPS.has(answer.status) || members.type === UNDER_WAY;
      if (!passes || attempt === PATIENCE || wait > LONGEST_WAIT) throw new Problem(answer.status, members);
      await pause(wait);
    }
  }
}

/** What a webhook says, once it is known to be genuine (Standard Webhooks) and at most `tolerance` seconds old. */
export function checkedWebhook(secret, headers, body, { tolerance = 300 } = {}) {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [id, at, sent] = ["id", "timestamp", "signature"].map((name) => given[`webhook-${name}`]);
  const age = Math.abs(Date.now() / 1000 - Number(at));
  if (!id || !sent || !(age <= tolerance)) throw new Forged("no signature, an old message, or a clock that is wrong");
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = Buffer.concat([Buffer.from(`${id}.${at}.`), Buffer.from(body)]);
  const wanted = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const fits = sent.split(" ").some((each) => {
    const found = Buffer.from(each);
    return found.length === wanted.length && timingSafeEqual(found, wanted);
  });
  if (!fits) throw new Forged("no signature fits: another secret, or the body was altered");
  return JSON.parse(Buffer.from(body).toString("utf8"));
}

function waited(asked, attempt) {
  if (asked && /^[0-9]+$/.test(asked)) return Number(asked);
  if (asked && !Number.isNaN(Date.parse(asked))) return Math.max(0, (Date.parse(asked) - Date.now()) / 1000);
  return 2 ** (attempt - 1) * (1 + Math.random());
}

function pause(seconds) {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
