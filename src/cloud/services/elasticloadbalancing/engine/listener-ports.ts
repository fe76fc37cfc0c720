import type { Scope } from "../../../core/scope.ts";
import type { ElbPorts } from "../deps.ts";
import { listeners, loadBalancers, scopesOf, type ListenerRow } from "../state.ts";
import { HOST, openFirstFree, wantedPort } from "./host-ports.ts";
import { listenerPlan } from "./plans.ts";

type Deps = Pick<ElbPorts, "store" | "certificates" | "dataPlane" | "loadBalancerPorts" | "log">;

/** Opens listeners in the data plane and keeps them up to date; one change of a listener after the other. */
export class ListenerPorts {
  readonly host = HOST;
  private readonly deps: Deps;
  private readonly open = new Map<string, number>();
  private readonly queues = new Map<string, Promise<void>>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Makes the data plane serve a listener as the state has it at that moment. */
  apply(scope: Scope, arn: string): Promise<void> {
    return this.inTurn(arn, async () => {
      const row = listeners(this.deps.store, scope).get(arn);
      if (row) await this.serve(scope, row);
    });
  }

  remove(arn: string): Promise<void> {
    return this.inTurn(arn, async () => {
      this.open.delete(arn);
      await this.deps.dataPlane.removeListener(arn);
    });
  }

  async stop(): Promise<void> {
    this.open.clear();
    await this.deps.dataPlane.stop();
  }

  private inTurn(arn: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.queues.get(arn) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => {});
    this.queues.set(arn, settled);
    void settled.finally(() => this.queues.get(arn) === settled && this.queues.delete(arn));
    return turn;
  }

  private async serve(scope: Scope, row: ListenerRow): Promise<void> {
    const { dataPlane, loadBalancerPorts, log, store } = this.deps;
    const plan = listenerPlan(this.deps, scope, row);
    if (row.protocol === "HTTPS" && plan.certificates.length === 0) {
      log(`rouse: ${nameOf(plan.loadBalancer.name, row)} has no certificate that can be used, and waits for one`);
      return;
    }
    const openPort = this.open.get(row.arn);
    if (openPort !== undefined) {
      await dataPlane.setListener(plan, { host: HOST, port: openPort });
      return;
    }
    const wanted = wantedPort(row.port, loadBalancerPorts);
    const others = this.others(row.arn);
    const attempt = async (port: number): Promise<number> => (await dataPlane.setListener(plan, { host: HOST, port })).port;
    const port = await openFirstFree(attempt, row.hostPort, wanted, new Set(others.keys()));
    this.open.set(row.arn, port);
    listeners(store, scope).update(row.arn, { hostPort: port });
    if (wanted !== 0 && port !== wanted) {
      const holder = others.get(wanted) ?? "another program";
      log(`rouse: ${nameOf(plan.loadBalancer.name, row)} listens on ${HOST}:${port}, because ${holder} has port ${wanted}`);
    }
  }

  /** Ports of the other listeners, with what has them. */
  private others(arn: string): Map<number, string> {
    const { store } = this.deps;
    const all = scopesOf(store).flatMap((scope) =>
      listeners(store, scope)
        .filter((row) => row.arn !== arn && row.hostPort !== undefined)
        .map((row): [number, string] => [row.hostPort!, nameOf(loadBalancers(store, scope).get(row.loadBalancerArn)?.name ?? "", row)]),
    );
    return new Map(all);
  }
}

const nameOf = (loadBalancer: string, { protocol, port }: ListenerRow): string => `listener ${protocol} ${port} of load balancer ${loadBalancer}`;
