/** What the service answered instead (RFC 9457): `type` for programs, `detail` in words. */
export class Problem extends Error {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  readonly members: Record<string, unknown>;
}

/** A file that arrived is not the one that was sent. */
export class Damaged extends Error {}

/** A webhook that is not the platform's, was altered on its way, or is an old one sent again. */
export class Forged extends Error {}

export class Platform {
  constructor(address: string, token: string, options?: { timeout?: number });
  rows<Name extends keyof Lists>(name: Name, filters?: Lists[Name]["filters"]): AsyncGenerator<Lists[Name]["row"]>;
  changes(cursor?: number, filters?: Lists["changes"]["filters"]): AsyncGenerator<Change>;
  follow(file: string, filters?: Lists["changes"]["filters"]): AsyncGenerator<Change>;
  snapshot(file: string, options?: { number?: number | "latest"; after?: number }): Promise<number>;
  entries(area: string, year: number): Promise<{ entries: StoredEntries["entries"]; tag: string }>;
  putEntries(
    area: string,
    year: number,
    entries: EntriesRequest["entries"],
    options?: { dryRun?: boolean; tag?: string; key?: string },
  ): Promise<EntriesResult>;
  takeStep(
    area: string,
    year: number,
    step: string,
    details?: Record<string, unknown>,
    options?: { key?: string },
  ): Promise<StepResult>;
}

export function checkedWebhook(
  secret: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  options?: { tolerance?: number },
): { type: string; timestamp: string; data: Record<string, unknown> };
