/** Availability zones by region (EC2 User Guide, "Regions and Zones"); of regions that are not here, a to c. */
const LETTERS: Record<string, string> = {
  "us-east-1": "abcdef",
  "us-west-2": "abcd",
  "ap-northeast-1": "acd",
  "us-west-1": "ac",
  "ca-central-1": "abd",
};

/** Two or three letters and a digit, as in zone identifiers: `us-west-2` is `usw2`. */
const shortRegion = (region: string): string =>
  region
    .split("-")
    .map((part, i) => (i === 1 ? part.replace(/(north|south|east|west|central)/g, (word) => word[0]!) : part))
    .join("");

export interface Zone {
  name: string;
  id: string;
}

export const zonesOf = (region: string): Zone[] =>
  (LETTERS[region] ?? "abc").split("").map((letter, i) => ({ name: `${region}${letter}`, id: `${shortRegion(region)}-az${i + 1}` }));

/** Regions that every account has without opting in (AWS Account Management, "Specify which AWS Regions your account can use"). */
export const REGIONS = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];
