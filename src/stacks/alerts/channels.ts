import { hasChannels, mailOf } from "../../config/alerts.ts";
import type { Alerts, Project, Secret } from "../../config/schema.ts";
import type { Channel, SecretPlace } from "../../functions/shared/alerts.ts";
import { alertsParameter } from "../../functions/shared/names.ts";

type Hears = NonNullable<Alerts["slack"]>[number];

/** What the notify function is told of whom to tell. */
export function channelsOf({ discord = [], slack = [], webhooks = [] }: Alerts): Channel[] {
  const hears = ({ on }: Pick<Hears, "on">): Pick<Channel, "on"> => (on ? { on } : {});
  const ofChat = (kind: "discord" | "slack", list: readonly Hears[]): Channel[] => list.map((one) => ({ kind, secret: placeOf(one), ...hears(one) }));
  return [
    ...ofChat("discord", discord),
    ...ofChat("slack", slack),
    ...webhooks.map((one): Channel => ({ kind: "webhook", url: one.url, secret: placeOf(one.signingSecret), ...hears(one) })),
  ];
}

const placeOf = (secret: Secret): SecretPlace =>
  "parameter" in secret ? { parameter: secret.parameter } : { secret: secret.secret, ...(secret.key === undefined ? {} : { key: secret.key }) };

const allOf = ({ base, leaves }: Project): Alerts[] => [base.alerts, ...leaves.map(({ alerts }) => alerts)];

export const anyChannel = (project: Project): boolean => allOf(project).some(hasChannels);

/** Whether anybody hears of deployments. */
export const anyHearer = (project: Project): boolean =>
  allOf(project).some((alerts) => hasChannels(alerts) || alerts.email.some((mail) => hearsOfDeployments(mailOf(mail).on)));

const hearsOfDeployments = (on: readonly string[] | undefined): boolean => !on || on.includes("deployment-failed");

/** Where everything that is secret is kept, each place once. */
export function secretsOf(project: Project): Secret[] {
  const all = allOf(project).flatMap(({ discord = [], slack = [], webhooks = [] }) => [
    ...discord,
    ...slack,
    ...webhooks.map(({ signingSecret }) => signingSecret),
  ]);
  const known = new Map(
    all.map((secret) => [JSON.stringify(["parameter" in secret ? secret.parameter : secret.secret, secret.encryptionKey]), secret]),
  );
  return [...known.values()];
}

/** A standard parameter's value (AWS Systems Manager user guide, "Managing parameter tiers"): 4 KB. */
const LONGEST = 4096;

/** Parameters with the lists, by name: one for the admin, one for each leaf that has channels of its own. */
export function alertParameters({ base, environment, leaves }: Project): Map<string, string> {
  const lists: [string | undefined, Alerts][] = [[undefined, base.alerts], ...leaves.map(({ name, alerts }): [string, Alerts] => [name, alerts])];
  return new Map(
    lists
      .filter(([, alerts]) => hasChannels(alerts))
      .map(([leaf, alerts]) => {
        const text = JSON.stringify(channelsOf(alerts));
        if (text.length > LONGEST)
          throw new Error(`alerts of ${leaf ?? "rouse.yaml"}: more channels than fit into a parameter (${LONGEST} characters)`);
        return [alertsParameter(base.name, environment.name, leaf), text];
      }),
  );
}
