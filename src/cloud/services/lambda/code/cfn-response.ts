/**
 * The module `cfn-response` that CloudFormation adds to inline Node.js code: `send(event, context, status, data, physicalId,
 * noEcho)` puts the answer to `event.ResponseURL` (CloudFormation User Guide, "cfn-response module"). HTTP too, because this
 * cloud answers there.
 */
export const CFN_RESPONSE = `"use strict";
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  return new Promise(function (resolve) {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log("Response body:\\n", body);
    const url = new URL(event.ResponseURL);
    const options = { method: "PUT", headers: { "content-type": "", "content-length": Buffer.byteLength(body) } };
    const request = require(url.protocol === "http:" ? "http" : "https").request(url, options, function (response) {
      console.log("Status code: " + response.statusCode);
      response.resume();
      response.on("end", function () {
        if (context.done) context.done();
          resolve();
      });
    });
    request.on("error", function (error) {
      console.log("send(..) failed executing https.request(..): " + error);
      if (context.done) context.done(error);
      resolve();
    });
    request.end(body);
  });
};
`;
