import { NotSupported } from "../../../core/errors.ts";
import { invalid } from "../shared.ts";

/** One rule of a life-cycle policy ("Lifecycle policy properties in Amazon ECR"). */
export interface Rule {
  rulePriority: number;
  description?: string;
  selection: {
    tagStatus: "tagged" | "untagged" | "any";
    tagPrefixList?: string[];
    tagPatternList?: string[];
    storageClass?: "standard" | "archive";
    countType: "imageCountMoreThan" | "sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned";
    countUnit?: string;
    countNumber: number;
  };
  action: { type: "expire" | "transition"; targetStorageClass?: string };
}

export const parsePolicy = (text: string): Rule[] => (JSON.parse(text) as { rules: Rule[] }).rules;

/**
 * The rules of a policy. What is wrong is told in own words behind AWS's own beginning: AWS tells it in those of its JSON schema.
 * @throws AwsError InvalidParameterException; NotSupported for what has to do with archives
 */
export function checkPolicy(operation: string, text: string): Rule[] {
  let rules: Rule[] | undefined;
  try {
    rules = parsePolicy(text);
  } catch {
    throw failed("it is not a JSON document");
  }
  if (!Array.isArray(rules) || rules.length === 0) throw failed("there has to be a rule");
  for (const rule of rules) checkRule(operation, rule);
  checkTogether(rules);
  return rules;
}

function checkRule(operation: string, rule: Rule): void {
  const { rulePriority, selection, action } = rule ?? {};
  if (!isCount(rulePriority)) throw failed("each rule needs a rulePriority, a whole number from 1");
  const about = `rule ${rulePriority}: `;
  if (typeof selection !== "object" || selection === null) throw failed(`${about}there has to be a selection`);
  if (action?.type === "transition" || selection.storageClass === "archive" || selection.countType === "sinceImageTransitioned")
    throw new NotSupported("ecr", operation, "archived images (the action transition, the storage class archive)");
  if (action?.type !== "expire") throw failed(`${about}the type of the action has to be expire or transition`);
  if (selection.storageClass !== undefined && selection.storageClass !== "standard")
    throw failed(`${about}storageClass has to be standard or archive`);
  const problem = tagProblem(selection) ?? countProblem(selection);
  if (problem !== undefined) throw failed(about + problem);
}

function tagProblem({ tagStatus, tagPrefixList, tagPatternList }: Rule["selection"]): string | undefined {
  if (!["tagged", "untagged", "any"].includes(tagStatus)) return "tagStatus has to be tagged, untagged or any";
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  if (tagStatus !== "tagged") return lists.length > 0 ? `with the tagStatus ${tagStatus} there is no list of tags` : undefined;
  const [list] = lists;
  if (lists.length !== 1 || !Array.isArray(list) || list.length === 0 || list.some((each) => typeof each !== "string" || each === ""))
    return "with the tagStatus tagged there has to be either tagPrefixList or tagPatternList";
  // "There is a maximum limit of four wildcards (*) per string."
  if (tagPatternList?.some((pattern) => pattern.split("*").length > 5)) return "a tag pattern has four wildcards at most";
  return undefined;
}

function countProblem({ countType, countUnit, countNumber }: Rule["selection"]): string | undefined {
  if (!["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled"].includes(countType))
    return "countType has to be imageCountMoreThan, sinceImagePushed, sinceImagePulled or sinceImageTransitioned";
  if (!isCount(countNumber)) return "countNumber has to be a whole number from 1";
  if (countType === "imageCountMoreThan") return countUnit === undefined ? undefined : "with imageCountMoreThan there is no countUnit";
  return countUnit === "days" ? undefined : `with ${countType} the countUnit has to be days`;
}

/** Rules that could not both count. */
function checkTogether(rules: readonly Rule[]): void {
  const priorities = rules.map(({ rulePriority }) => rulePriority);
  if (new Set(priorities).size < rules.length) throw failed("each rule needs a rulePriority of its own");
  const all = rules.filter(({ selection }) => selection.tagStatus === "any");
  if (all.length > 1 || (all[0] && all[0].rulePriority < Math.max(...priorities)))
    throw failed("only one rule may have the tagStatus any, and it has to have the highest rulePriority");
  if (rules.filter(({ selection }) => selection.tagStatus === "untagged").length > 1) throw failed("only one rule may have the tagStatus untagged");
  const lists = rules.flatMap(({ selection: { tagPrefixList, tagPatternList } }) => {
    const list = tagPrefixList ?? tagPatternList;
    return list ? [JSON.stringify([tagPrefixList ? "prefix" : "pattern", [...list].sort()])] : [];
  });
  if (new Set(lists).size < lists.length) throw failed("each rule needs tags of its own");
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;

const failed = (why: string) =>
  invalid(`Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${why}'`);
