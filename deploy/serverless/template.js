// The SAM template in the words of the Serverless Framework: `functions`, `resources`, `parameters`.
// Everything is taken from there; what SAM adds on its own is added here.
'use strict';

const FUNCTION = 'AWS::Serverless::Function';

// Functions that share a package are built once; see ../aws/Makefile.
const PACKAGES = { Api: 'api', Parser: 'parser', Upkeep: 'parser' };

const base = (logical) => logical.replace(/Function$/, '');
const key = (logical) => base(logical).toLowerCase();
const renamed = (logical) => `${base(logical)}LambdaFunction`;

// Every reference to a function by the name this tool gives it, GateFunction -> GateLambdaFunction.
function rename(value, functions) {
  const one = (text) => {
    const [logical, ...rest] = text.split('.');
    const url = logical.endsWith('Url') && functions.includes(logical.slice(0, -3));
    if (url) return [`${renamed(logical.slice(0, -3))}Url`, ...rest].join('.');
    return functions.includes(logical) ? [renamed(logical), ...rest].join('.') : text;
  };
  if (Array.isArray(value)) return value.map((each) => rename(each, functions));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (name === 'Ref') return [name, one(each)];
      if (name === 'Fn::GetAtt') return [name, one([].concat(each).join('.')).split('.')];
      if (name === 'Fn::Sub' && typeof each === 'string') {
        return [name, each.replace(/\$\{([\w.]+)\}/g, (_, text) => `\${${one(text)}}`)];
      }
      return [name, rename(each, functions)];
    }),
  );
}

function events(properties) {
  const found = Object.values(properties.Events || {}).map(({ Type, Properties: p }) => {
    if (Type === 'Schedule') {
      return { schedule: { rate: [p.Schedule], description: p.Description } };
    }
    return {
      sqs: {
        arn: p.Queue,
        batchSize: p.BatchSize,
        functionResponseType: p.FunctionResponseTypes[0],
      },
    };
  });
  return found;
}

function lambda(logical, { Condition, Properties: p }, shared) {
  return {
    handler: p.Handler,
    description: p.Description,
    timeout: p.Timeout,
    memorySize: p.MemorySize,
    role: p.Role['Fn::GetAtt'][0],
    tracing: 'Active',
    disableLogs: true, // the template has log groups of its own
    environment: {
      ...shared.Environment.Variables,
      ...((p.Environment && p.Environment.Variables) || {}),
    },
    events: events(p),
    package: { artifact: `../aws/build/${PACKAGES[base(logical)] || 'gate'}.zip` },
    ...(Condition && { condition: Condition }),
    ...(p.FunctionUrlConfig && { url: true }),
  };
}

const RECEIVING = [
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'us-east-1',
  'us-east-2',
  'us-west-2',
];

// The template's Rules, for which the framework has no place; and where SES receives mail.
function check(given, region) {
  if (!RECEIVING.includes(region)) {
    throw new Error(`Amazon SES receives no mail in ${region}: --region ${RECEIVING.join(', ')}.`);
  }
  if (!given.ApiUrl && given.NotesApi !== 'yes') {
    throw new Error('Say where notes go: --param api-url=https://... or --param notes-api=yes.');
  }
  if (given.NotesApi === 'yes' && !given.NotesDatabaseSecret) {
    throw new Error('The notes API needs --param notes-database-secret=ARN.');
  }
  if (given.HostedZoneId && !given.MailDomain) {
    throw new Error('An MX record is for a domain: --param mail-domain=notes.example.');
  }
}

// What the framework's own schema has no words for.
function extension({ Properties: p }, shared) {
  return {
    Properties: {
      LoggingConfig: { ...shared.LoggingConfig, ...p.LoggingConfig },
      ...(p.VpcConfig && { VpcConfig: p.VpcConfig }),
    },
  };
}

// The framework wants a number for this one, where the template has a parameter.
function scaling([name, { Properties: p }]) {
  return Object.values(p.Events || {})
    .filter((event) => event.Type === 'SQS')
    .map(({ Properties: { Queue, ScalingConfig } }) => [
      `${base(name)}EventSourceMappingSQS${Queue['Fn::GetAtt'][0]}`,
      { Properties: { ScalingConfig } },
    ]);
}

module.exports = async ({ options, resolveVariable }) => {
  const template = await resolveVariable('file(../aws/template.yaml)');
  const shared = template.Globals.Function;
  const all = Object.entries(template.Resources);
  const lambdas = all.filter(([, said]) => said.Type === FUNCTION);
  const names = lambdas.map(([name]) => name);
  const others = all.filter(([, said]) => said.Type !== FUNCTION);

  // --param api-url=... is the template's ApiUrl.
  const given = Object.fromEntries(
    [].concat(options.param || []).map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) || [null, text, ''];
      return [name.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase()), value];
    }),
  );
  check(given, await resolveVariable('self:provider.region'));
  const stage = await resolveVariable('sls:stage');
  return {
    parameters: Object.entries({ Stage: stage, ...given }).map(([name, value]) => ({
      ParameterKey: name,
      ParameterValue: value,
    })),
    functions: Object.fromEntries(
      lambdas.map(([name, said]) => [key(name), rename(lambda(name, said, shared), names)]),
    ),
    resources: {
      Parameters: template.Parameters,
      Conditions: template.Conditions,
      Resources: rename(
        Object.fromEntries(others.map(([name, { Metadata, ...said }]) => [name, said])),
        names,
      ),
      extensions: rename(
        Object.fromEntries([
          ...lambdas.map(([name, said]) => [renamed(name), extension(said, shared)]),
          ...lambdas.flatMap(scaling),
        ]),
        names,
      ),
      Outputs: rename(template.Outputs, names),
    },
  };
};
