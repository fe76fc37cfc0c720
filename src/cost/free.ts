const PART_OF = (what: string): string => `part of ${what}, which is what costs`;
const IAM = "IAM is free of charge (IAM User Guide, What is IAM)";
const VPC = "networks, subnets, routes, internet gateways and security groups are free of charge (Amazon VPC pricing)";
const ECS = "ECS itself is free of charge: the instances or Fargate cost (Amazon ECS pricing)";
const SCALING = "Auto Scaling is free of charge: what it starts costs (Amazon EC2 Auto Scaling, AWS Auto Scaling pricing)";
const FUNCTION = PART_OF("the function");
const BALANCER = PART_OF("the load balancer");
const CUSTOM = "a custom resource: its function's few seconds at a deployment";

/** Types of resource that are free of charge, each with the reason. A type that is neither here nor priced is told, never free. */
export const FREE: Readonly<Record<string, string>> = {
  "AWS::ApiGatewayV2::Integration": PART_OF("the API"),
  "AWS::ApiGatewayV2::Route": PART_OF("the API"),
  "AWS::ApiGatewayV2::Stage": PART_OF("the API"),
  "AWS::ApplicationAutoScaling::ScalableTarget": SCALING,
  "AWS::AutoScaling::AutoScalingGroup": SCALING,
  "AWS::AutoScaling::ScalingPolicy": SCALING,
  "AWS::CDK::Metadata": "says only which constructs were used",
  "AWS::CertificateManager::Certificate": "public certificates for the load balancer are free of charge (AWS Certificate Manager pricing)",
  "AWS::CloudFormation::Stack": "CloudFormation is free of charge for resources of AWS: what the stack holds costs (AWS CloudFormation pricing)",
  "AWS::EC2::InternetGateway": VPC,
  "AWS::EC2::KeyPair": "key pairs are free of charge; its private key is a standard parameter",
  "AWS::EC2::Route": VPC,
  "AWS::EC2::RouteTable": VPC,
  "AWS::EC2::SecurityGroup": VPC,
  "AWS::EC2::SecurityGroupEgress": VPC,
  "AWS::EC2::SecurityGroupIngress": VPC,
  "AWS::EC2::Subnet": VPC,
  "AWS::EC2::SubnetRouteTableAssociation": VPC,
  "AWS::EC2::VPC": VPC,
  "AWS::EC2::VPCGatewayAttachment": VPC,
  "AWS::ECS::CapacityProvider": ECS,
  "AWS::ECS::ClusterCapacityProviderAssociations": ECS,
  "AWS::ECS::Service": ECS,
  "AWS::EFS::AccessPoint": PART_OF("the file system"),
  "AWS::EFS::MountTarget": PART_OF("the file system"),
  "AWS::ElasticLoadBalancingV2::Listener": BALANCER,
  "AWS::ElasticLoadBalancingV2::ListenerCertificate": BALANCER,
  "AWS::ElasticLoadBalancingV2::ListenerRule": BALANCER,
  "AWS::ElasticLoadBalancingV2::TargetGroup": BALANCER,
  "AWS::Events::Rule":
    "rules are free of charge, and so are events of AWS's own services; events of your own cost who sends them (Amazon EventBridge pricing)",
  "AWS::IAM::InstanceProfile": IAM,
  "AWS::IAM::ManagedPolicy": IAM,
  "AWS::IAM::Policy": IAM,
  "AWS::IAM::Role": IAM,
  "AWS::Lambda::EventInvokeConfig": FUNCTION,
  "AWS::Lambda::Permission": FUNCTION,
  "AWS::Logs::ResourcePolicy": PART_OF("the log groups"),
  "AWS::Logs::SubscriptionFilter": "reading a log group for a function is free of charge; the function costs (Amazon CloudWatch pricing)",
  "AWS::Route53::RecordSet": PART_OF("the hosted zone (up to 10,000 records)"),
  "AWS::SNS::Subscription": PART_OF("the topic"),
  "AWS::SNS::TopicPolicy": PART_OF("the topic"),
  "AWS::SQS::QueuePolicy": PART_OF("the queue"),
  "AWS::Scheduler::ScheduleGroup": PART_OF("the schedules"),
  "AWS::ServiceCatalogAppRegistry::Application": "AppRegistry is free of charge (AWS Service Catalog pricing)",
  "Custom::CrossRegionExportReader": CUSTOM,
  "Custom::CrossRegionExportWriter": CUSTOM,
  "Custom::EngineTasks": CUSTOM,
  "Custom::ScheduledRuns": CUSTOM,
  "Custom::ServiceMails": CUSTOM,
};
