/** A step whose time is modelled: log-normal, two of three are within a factor of e^±spread of the median. */
export interface PhaseTime {
  /** The median; of `image` for each GB. */
  readonly seconds: number;
  readonly spread: number;
  readonly what: string;
  /** Where the figure is from, or that it is a guess. */
  readonly source: string;
}

export const PHASE_NAMES = ["function", "instance", "agent", "provision", "image", "start", "healthy", "stop", "terminate"] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];
export type BootTimes = Readonly<Record<PhaseName, PhaseTime>>;

const GUESS = "a guess of ours: no measurement was found (1 December 2026). Give your own with --boot";

/** What steps take on AWS unless told otherwise. All were read on 1 December 2026. */
export const BOOT_TIMES: BootTimes = {
  function: {
    seconds: 5,
    spread: 0.5,
    what: "DNS query to start-system function: Route 53's query log and the subscription of its log group",
    source: GUESS,
  },
  instance: {
    seconds: 17,
    spread: 0.2,
    what: "EC2 instance, pending to running",
    source: "16.4 to 16.6 s whatever the family (github.com/brevdev/ec2-coldboot-research, @fix_plan.md, 3.1)",
  },
  agent: {
    seconds: 20,
    spread: 0.25,
    what: "running to ECS agent registered: kernel, cloud-init, Docker, agent",
    source:
      "boot until a port answers took 17 + 6 s (daemonology.net, EC2 boot time benchmarking, 12 August 2021), a whole launch 40 s (depot.dev, 23 May 2024); the agent's part is a guess",
  },
  provision: {
    seconds: 12,
    spread: 0.25,
    what: "Fargate: capacity and network interface, before the pull",
    source: "about 10 s of it for the interface (qiita.com/kjm/items/a86c5a425c57439ecfa0); the rest is a guess",
  },
  image: {
    seconds: 100,
    spread: 0.25,
    what: "image pull and unpacking, for each GB",
    source:
      "Fargate, 413 MB: 53 to 62 s from creation to start (elasticscale.com, reduce AWS Fargate pull times with SOCI, April 2024), less the provisioning; on EC2 taken for the same",
  },
  start: { seconds: 1, spread: 0.3, what: "container start", source: GUESS },
  healthy: { seconds: 10, spread: 0.3, what: "process start until it serves: your program's own", source: GUESS },
  stop: { seconds: 3, spread: 0.3, what: "stop signal until the container has ended: your program's own", source: GUESS },
  terminate: { seconds: 40, spread: 0.3, what: "EC2 instance, shutting-down to terminated", source: GUESS },
};
