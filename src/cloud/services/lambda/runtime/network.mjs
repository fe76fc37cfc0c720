/**
 * Where a function's own HTTPS calls go. The SDK knows the cloud's address (AWS_ENDPOINT_URL); what answers CloudFormation
 * does not: the CDK's custom resource handlers keep only host and path of the ResponseURL and always speak HTTPS
 * (aws-cdk-lib, nodejs-entrypoint-handler, submitResponse). So the host that CloudFormation's response URLs have is this cloud.
 */
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

/** The host of real response URLs: cloudformation-custom-resource-response-useast1.s3.amazonaws.com */
const RESPONSE_HOST = /^cloudformation-custom-resource-response-[a-z0-9]+\.s3\.amazonaws\.com$/;

/** Must run before any function's code is loaded. */
export function install() {
  const secure = https.request;
  /** @param {any[]} args as `https.request` takes them: (url[, options][, callback]) or (options[, callback]) */
  function request(...args) {
    const [first] = args;
    const isUrl = typeof first === "string" || first instanceof URL;
    const url = isUrl ? new URL(first) : undefined;
    const options = (isUrl ? (typeof args[1] === "object" ? args[1] : {}) : first) ?? {};
    const host = options.hostname ?? options.host ?? url?.hostname ?? "";
    if (!RESPONSE_HOST.test(host)) return Reflect.apply(secure, https, args);
    const cloud = new URL(process.env["AWS_ENDPOINT_URL"] ?? "");
    const callback = typeof args.at(-1) === "function" ? args.at(-1) : undefined;
    const path = options.path ?? (url ? `${url.pathname}${url.search}` : "/");
    const target = { ...options, protocol: "http:", host: cloud.hostname, hostname: cloud.hostname, port: cloud.port, path, agent: undefined };
    return http.request(target, callback);
  }
  https.request = request;
  syncBuiltinESMExports();
}
