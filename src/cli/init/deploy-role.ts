/**
 * The CloudFormation template of the role that GitHub Actions deploys with. It may assume the CDK's own roles, and the one that pushes images, and nothing else.
 * Sources: GitHub docs, "Configuring OpenID Connect in Amazon Web Services" (audience, subject of a job with an environment); GitHub
 * changelog of 2026-04-23, "Immutable subject claims" (identifiers in the subject of newer repositories); AWS CDK developer guide,
 * "CDK bootstrapping" (names of the roles, qualifier hnb659fds).
 */
export const deployRole = (): string => `# The role that GitHub Actions deploys with: no long-lived keys. Once for each environment, in its account:
#
#   aws cloudformation deploy --template-file deploy-role.yaml --stack-name rouse-deploy-prod --capabilities CAPABILITY_IAM \\
#     --parameter-overrides Repository=owner/name Environment=prod
#
# An account has one provider for GitHub at most: add CreateProvider=false where there is one already.
AWSTemplateFormatVersion: "2010-09-09"
Description: Lets the GitHub Actions of one repository and environment assume the roles of the CDK
Parameters:
  Repository:
    Type: String
    Description: >-
      The repository as it stands in the subject of its tokens, between "repo:" and ":environment:". owner/name for repositories
      created before 18 June 2026; newer ones have identifiers in it. Its settings (Actions, OIDC) show it.
    AllowedPattern: "[A-Za-z0-9][A-Za-z0-9_.@-]*/[A-Za-z0-9_.@-]+"
  Environment:
    Type: String
    Description: Environment of the GitHub repository, such as staging or prod
    AllowedPattern: "[A-Za-z0-9_.-]+"
  CreateProvider:
    Type: String
    Description: Whether to create the account's OIDC provider for GitHub
    AllowedValues: ["true", "false"]
    Default: "true"
  Qualifier:
    Type: String
    Description: Qualifier of the CDK's bootstrap stack
    AllowedPattern: "[A-Za-z0-9_-]{1,10}"
    Default: hnb659fds
Conditions:
  CreatesProvider: !Equals [!Ref CreateProvider, "true"]
Resources:
  Provider:
    Type: AWS::IAM::OIDCProvider
    Condition: CreatesProvider
    # Other repositories of the account may have come to use it.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: [sts.amazonaws.com]
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Sub GitHub Actions of \${Repository}, environment \${Environment}
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithWebIdentity
            Principal:
              Federated: !If
                - CreatesProvider
                - !Ref Provider
                - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com
            Condition:
              # Both, and each exactly: without the subject any repository on GitHub could assume the role.
              StringEquals:
                token.actions.githubusercontent.com:aud: sts.amazonaws.com
                token.actions.githubusercontent.com:sub: !Sub repo:\${Repository}:environment:\${Environment}
      Policies:
        - PolicyName: assume-the-roles-of-the-cdk
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: sts:AssumeRole
                # In every region: names of leaves live in us-east-1. Not the role of CloudFormation itself (cfn-exec), which nobody else may have.
                Resource:
                  - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-deploy-role-\${AWS::AccountId}-*
                  - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-file-publishing-role-\${AWS::AccountId}-*
                  - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-image-publishing-role-\${AWS::AccountId}-*
                  - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-img-*
                  - !Sub arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-lookup-role-\${AWS::AccountId}-*
Outputs:
  RoleArn:
    Description: Value of the variable AWS_ROLE_ARN of the environment in the repository's settings
    Value: !GetAtt Role.Arn
`;
