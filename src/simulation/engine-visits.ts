import { Agent, request } from "node:http";
import type { VirtualClock } from "../cloud/core/clock.ts";
import type { Cloud } from "../cloud/index.ts";
import { isRouted, LOCAL_ACCOUNT, type EngineLeaf } from "../config/index.ts";
import { ENGINE_EVENTS } from "../functions/shared/names.ts";
import type { Ups } from "./ups.ts";
import type { Manners, VisitOutcome } from "./visitors.ts";
import { MINUTE, type Visit } from "./visits.ts";

export interface EngineWorld {
  readonly clock: VirtualClock;
  readonly cloud: Cloud;
  readonly region: string;
  readonly manners: Manners;
}

/** As a browser says it is, and as the scanner that most servers see. */
const AGENTS = { user: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", scanner: "Mozilla/5.0 zgrab/0.x" };

/** Turns of the event loop that a request needs from one socket of this process to the other. */
const TURNS = 6;

/** Redirects in a row: a request that was held is sent back to where it came from. */
const MOST_REDIRECTS = 3;

/**
 * An engine with those who come to it: real requests to the load balancer of the cloud, or events where no request wakes it. Scanners
 * say who they are, so that the doorman ignores them as it would on AWS.
 */
export class EngineVisits {
  asked = 0;
  private readonly world: EngineWorld;
  private readonly leaf: EngineLeaf;
  private readonly ups: Ups;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(world: EngineWorld, leaf: EngineLeaf, ups: Ups) {
    this.world = world;
    this.leaf = leaf;
    this.ups = ups;
  }

  async visit(visit: Visit): Promise<VisitOutcome> {
    const { leaf } = this;
    if (visit.kind === "scanner") {
      if (isRouted(leaf)) await this.get("scanner");
      return { visit, cutOff: 0 };
    }
    const isEvent = !leaf.wake || !("http" in leaf.wake) || leaf.wake.http === undefined;
    if (isEvent) await this.putEvent();
    return isRouted(leaf) ? this.use(visit) : { visit, cutOff: 0 };
  }

  end(): void {
    this.agent.destroy();
  }

  /** Asks again and again, at the user's pace while there are answers. */
  private async use(visit: Visit): Promise<VisitOutcome> {
    const { clock, manners } = this.world;
    const pause = visit.requestsPerMinute > 0 ? MINUTE / visit.requestsPerMinute : MINUTE;
    let waited: number | undefined;
    let cutOff = 0;
    let failing = clock.now();
    let end = Infinity;
    while (clock.now() < end && (waited !== undefined || clock.now() - failing < manners.patience)) {
      const status = await this.get("user");
      if (status >= 200 && status < 300) {
        if (waited === undefined) {
          waited = clock.now() - visit.at;
          end = clock.now() + visit.ms;
          this.ups.ready(clock.now());
          this.ups.used();
        }
        failing = Number.NaN;
        await clock.sleep(pause);
      } else {
        if (waited !== undefined && Number.isNaN(failing)) cutOff++;
        if (Number.isNaN(failing)) failing = clock.now();
        await clock.sleep(manners.retry);
      }
    }
    return { visit, ...(waited === undefined ? {} : { waited }), cutOff };
  }

  private putEvent(): Promise<unknown> {
    this.asked++;
    this.ups.asked(this.world.clock.now(), "user");
    const { source, start } = ENGINE_EVENTS;
    const entry = { Source: source, DetailType: start, Detail: JSON.stringify({ services: [this.leaf.name] }) };
    return this.world.cloud.api.call("events", "PutEvents", { Entries: [entry] }, { account: LOCAL_ACCOUNT, region: this.world.region });
  }

  private async get(by: Visit["kind"]): Promise<number> {
    this.asked++;
    if (by === "user") this.ups.asked(this.world.clock.now(), by);
    const base = this.world.cloud.loadBalancers().find(({ scheme }) => scheme === "internet-facing")?.listeners[0]?.url;
    let url = base === undefined ? undefined : new URL(pathOf(this.leaf), base).href;
    for (let hop = 0; url !== undefined && hop <= MOST_REDIRECTS; hop++) {
      const { status, location }: { status: number; location?: string } = await this.once(url, AGENTS[by]);
      if (status !== 307 || location === undefined) return status;
      url = new URL(location, url).href;
    }
    return 0;
  }

  /** One request. Time stands still while it, or its answer, is on its way; it passes while nobody has answered yet. */
  private once(url: string, userAgent: string): Promise<{ status: number; location?: string }> {
    const { clock } = this.world;
    let release = clock.hold();
    return new Promise((resolve) => {
      const done = (answer: { status: number; location?: string }): void => {
        release();
        resolve(answer);
      };
      // One that opens a page is shown "waking" and sent on; a program is held.
      const headers = { "user-agent": userAgent, accept: "*/*" };
      const asking = request(url, { agent: this.agent, headers }, (response) => {
        release();
        release = clock.hold();
        response.resume();
        const { location } = response.headers;
        const answer = { status: response.statusCode ?? 0, ...(location ? { location } : {}) };
        response.once("close", () => done(answer));
      });
      asking.once("error", () => done({ status: 0 }));
      asking.once("finish", () => void turns(TURNS).then(() => release()));
      asking.end();
    });
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A path that the leaf's rule leads to it: its first pattern without wildcards in it. */
function pathOf(leaf: EngineLeaf): string {
  const [pattern = "/"] = isRouted(leaf) ? leaf.route.patterns : [];
  return pattern.replaceAll("*", "").replaceAll("?", "a");
}
