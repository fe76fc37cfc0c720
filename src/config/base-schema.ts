import { z } from "zod";
import { alerts } from "./alerts-schema.ts";
import { engines, loadBalancer } from "./engines-schema.ts";
import { cidr, count, flag, line, list, setting } from "./pieces.ts";
import { domainName, ok, parseDomain, PER_LEAF, refuse, text } from "./values.ts";

const ACCOUNT = "^\\d{12}$";
const account = line({ description: "AWS account: 12 digits, in quotes.", allowed: '12 digits in quotes, such as "111111111111"', pattern: ACCOUNT });

const REGION = "^[a-z]{2,3}(?:-[a-z]+)+-\\d$";
const region = (description: string) => line({ description, allowed: "the name of an AWS region, such as us-west-2", pattern: REGION });

/** CloudWatch Logs API reference, PutRetentionPolicy, retentionInDays. */
const RETENTION = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

const vpc = z
  .strictObject({
    maxAzs: count({
      min: 1,
      max: 6,
      description: "A new network over this many availability zones (1 to 6), with public subnets and no NAT gateway.",
    }).optional(),
    cidr: cidr("Address range of the new network. Default: 10.0.0.0/16, chosen by the CDK.", { ipv4: true, prefix: [16, 28] }).optional(),
    name: line({ description: "Name (its Name tag) of a network that exists already.", allowed: "the Name tag of a VPC" }).optional(),
    default: z.literal(true).meta({ description: "The account's default network in the region.", allowed: "true" }).optional(),
  })
  .meta({
    description: "Network of all leaves. One of `maxAzs` (with `cidr`), `name` or `default: true`. A load balancer needs two availability zones.",
    allowed: "one of {maxAzs: 1}, {name: my-vpc} or {default: true}",
  });

const zoneName = text(
  (input) => {
    const name = parseDomain(input);
    if (name !== undefined || input === PER_LEAF) return ok(name ?? PER_LEAF);
    return refuse(`"${input}" is not a domain name`, /^per\W?leaf$/i.test(input) ? PER_LEAF : undefined);
  },
  {
    description:
      "Zone that Rouse makes for all leaves that a DNS query wakes; a leaf's name is `<leaf>.<zone>`. Default: `<application>.<name>`. A zone costs 0.50 US dollars a month, however many leaves are in it. `perLeaf`: each leaf has a zone of its own and is named `<leaf>.<name>`.",
    allowed: "a name that ends in .<domain.name>, or perLeaf",
  },
);

/** AWS General Reference, "Tag naming limits and requirements". */
const tagValue = text(
  (input) => {
    if (input.trim() === "") return refuse("it is empty");
    return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u.test(input) ? ok(input) : refuse(`"${input}" is no value of a tag`);
  },
  { description: "The tag's value.", allowed: "at most 256 letters, digits, spaces and _ . : / = + - @" },
);

export const baseSchema = z
  .strictObject({
    name: line({
      description: "Name of the application, at most 30 characters. It tags every resource and begins the name of every stack.",
      allowed: "a letter, then letters, digits and hyphens, all lower case, at most 30",
      pattern: "^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$",
    }),
    region: region("AWS region of everything but the parts that AWS keeps in us-east-1 (DNS zones and their query logs)."),
    vpc: vpc.prefault({ maxAzs: 1 }),
    domain: z
      .strictObject({
        name: domainName("Name of a hosted zone in Route 53 that you own. Every leaf's name lies below it."),
        hostedZoneId: line({
          description: "Identifier of that hosted zone: Z and capital letters and digits.",
          allowed: "a hosted zone's ID, such as Z1234567890",
          pattern: "^Z[A-Z0-9]{1,31}$",
        }),
        zone: zoneName.optional(),
      })
      .meta({
        description:
          "Root zone for leaves that a DNS query wakes, for the load balancer's `domain`, and for always-on services with a `domain`. The environment `local` does without: it uses rouse.test.",
        allowed: "{name, hostedZoneId}, and zone beside them if you like",
      })
      .optional(),
    alerts: alerts("every leaf, and of deployments"),
    ssh: z
      .strictObject({
        from: list(cidr("Addresses that may connect to port 22."), {
          description: "Address ranges (CIDR) that may connect to port 22.",
          allowed: "a list of CIDR ranges, such as [203.0.113.0/24]",
          min: 1,
        }),
      })
      .meta({
        description: "Opens SSH (port 22) of the instances. Without it the port is closed; Session Manager works either way.",
        allowed: "{from: [cidr, …]}",
      })
      .optional(),
    logs: z
      .strictObject({
        retention: z
          .literal(RETENTION)
          .meta({ description: "Days for which the logs of containers are kept.", allowed: RETENTION.join(", ") })
          .prefault(7),
      })
      .meta({ description: "Logs of containers.", allowed: "{retention: days}" })
      .prefault({}),
    containerInsights: z
      .union([
        z.boolean().meta({ description: "With or without.", allowed: "true or false" }),
        z.literal("enhanced").meta({ description: "With metrics of tasks and containers, too.", allowed: "enhanced" }),
      ])
      .meta({
        description: "Container Insights of the ECS clusters: more metrics, at a price for each. `enhanced` measures tasks and containers, too.",
        allowed: "false, true, enhanced",
      })
      .prefault(false),
    dashboard: flag(
      "A CloudWatch dashboard for each leaf that a DNS query wakes: its activity beside the threshold, when it was up, its alarms, errors of its functions. Each costs 3.00 US dollars a month after the account's first three; `rouse status` and the metrics themselves need none.",
    ).prefault(false),
    appRegistry: flag(
      "An application of AWS Service Catalog AppRegistry, with whose tag all resources in its region are tagged: costs group by it. It costs nothing, but AWS gives it to accounts only that had one before 30 July 2026. Costs group by the tag rouse:application without it, too.",
    ).prefault(false),
    tags: z
      .record(
        setting(
          "tag",
          "^(?![aA][wW][sS]:|[rR][oO][uU][sS][eE]:|awsApplication$)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$",
          "at most 128 letters, digits, spaces and _ . : / = + - @, not beginning with aws: or rouse:",
        ),
        tagValue,
      )
      .meta({
        description: "More tags on every resource, besides the application, the environment and the leaf.",
        allowed: "a map of names and texts",
      })
      .prefault({}),
    loadBalancer: loadBalancer.prefault({}),
    engines: engines.prefault({}),
    leaves: line({
      description: "Which files are leaves: a pattern from this file's folder, with * ? ** and {a,b}. Where it ends in .yaml, .yml files count too.",
      allowed: "a pattern such as leaves/*.yaml",
    }).prefault("leaves/*.yaml"),
    environments: z
      .record(
        setting("environment", "^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$", "a letter, then letters, digits and hyphens, all lower case, at most 20"),
        z
          .strictObject({
            account: account.optional(),
            region: region("Replaces the base's `region` in this environment.").optional(),
          })
          .meta({ description: "One place to deploy to.", allowed: "{account, region} or {}" }),
      )
      .meta({
        description: "Where this can be deployed. `local` (the embedded cloud) is always there, listed or not.",
        allowed: "a map from a name to {account, region}",
      })
      .prefault({}),
  })
  .meta({ title: "rouse.yaml", description: "What all leaves share." });
