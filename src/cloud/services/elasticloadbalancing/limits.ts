/** "Quotas for your Application Load Balancers" (ALB guide, read in November 2026), under the names of DescribeAccountLimits. */
export const LIMITS = {
  "application-load-balancers": 50,
  "target-groups": 3000,
  "targets-per-application-load-balancer": 1000,
  "listeners-per-application-load-balancer": 50,
  "rules-per-application-load-balancer": 100,
  "target-groups-per-action-on-application-load-balancer": 5,
  "target-groups-per-application-load-balancer": 100,
  "certificates-per-application-load-balancer": 25,
  "condition-values-per-alb-rule": 5,
  "condition-wildcards-per-alb-rule": 6,
} as const;

/** Further quotas of the same page. */
export const TARGETS_PER_GROUP = 1000;
export const TAGS_PER_RESOURCE = 50;
