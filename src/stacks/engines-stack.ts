import { aws_events as events } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { isEngine, type Project } from "../config/schema.ts";
import { ENGINE_EVENTS } from "../functions/shared/names.ts";
import type { BaseStack } from "./base-stack.ts";
import { engineArns } from "./engine/engine-arns.ts";
import { EngineSchedules } from "./engines/engine-schedules.ts";
import { EnginesApi } from "./engines/engines-api.ts";
import { StartEngines } from "./engines/start-engines.ts";
import { StopEngines } from "./engines/stop-engines.ts";
import { EngineWorkflow } from "./engines/workflow.ts";
import { invokeOn } from "./leaf/invoke-on.ts";
import { stackNames } from "./names.ts";
import type { RouseFunction } from "./rouse-function.ts";
import { RouseStack } from "./rouse-stack.ts";

/**
 * What starts and stops engines by name, and who may ask it to: events, an HTTP API, workflows, schedules. It imports nothing of
 * the leaves: the functions read what there is from parameters that the leaves' stacks write.
 */
export class EnginesStack extends RouseStack {
  constructor(scope: Construct, { project, base, functionsDir }: { project: Project; base: BaseStack; functionsDir: string }) {
    const { region, name: application, engines } = project.base;
    super(scope, stackNames.engines(project), { project, region, description: `${application}: what starts and stops engines by name` });
    const props = { project, functionsDir, engines: project.leaves.filter(isEngine).map((leaf) => engineArns(this, project, leaf)) };
    const { function: start } = new StartEngines(this, "StartEngines", { ...props, topic: base.topic });
    const { function: stop } = new StopEngines(this, "StopEngines", props);
    this.onEvent("StartRequested", ENGINE_EVENTS.start, start);
    this.onEvent("StopRequested", ENGINE_EVENTS.stop, stop);
    if (engines.api) new EnginesApi(this, "HttpApi", { name: `${application}-engines`, start, stop });
    for (const [name, workflow] of Object.entries(engines.workflows)) {
      new EngineWorkflow(this, `Workflow-${name}`, { application, name, workflow, start, topic: base.topic });
    }
    if (Object.keys(engines.schedules).length > 0) {
      new EngineSchedules(this, "Schedules", { application, schedules: engines.schedules, start, stop });
    }
  }

  private onEvent(id: string, detailType: string, to: RouseFunction): void {
    const rule = new events.CfnRule(this, id, {
      description: `An event says: ${detailType}`,
      eventPattern: { source: [ENGINE_EVENTS.source], "detail-type": [detailType] },
      targets: [{ id: "Function", arn: to.arn }],
    });
    invokeOn(this, `${id}MayInvoke`, to.arn, rule);
  }
}
