// The rooms of the house and the doors between them. `allowed` lists, for each folder of src/, the folders it may import.
const allowed = {
  protocol: [],
  platform: ['protocol'],
  decision: ['protocol'],
  fingerprint: ['protocol', 'platform'],
  evaluation: ['fingerprint', 'decision', 'protocol', 'platform'],
  hub: ['protocol', 'decision', 'platform'],
  node: ['protocol', 'fingerprint', 'decision', 'platform'],
  gateway: ['protocol', 'platform'],
};
const NEVER_IN_HUB = '^(src/(fingerprint|node|evaluation)/|node_modules/(@opencvjs|sharp|libheif-js|onnxruntime-node|graphql-upload-ts)/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(allowed).map(([room, others]) => ({
      name: `${room}-imports-only-its-neighbours`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${[room, ...others].join('|')})/` },
    })),
    {
      name: 'hub-never-reaches-pictures',
      comment: 'The hub is packaged without anything that could read an image.',
      severity: 'error',
      from: { path: '^src/hub/' },
      to: { path: NEVER_IN_HUB, reachable: true },
    },
    {
      name: 'decorators-only-under-graph',
      severity: 'error',
      from: { path: '^src/', pathNot: '/graph/' },
      to: { path: '^node_modules/type-graphql/' },
    },
    {
      name: 'qdrant-only-in-its-adapter',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/hub/index/qdrant' },
      to: { path: '^node_modules/@qdrant/' },
    },
    {
      name: 'photos-are-decoded-apart',
      comment: 'Photos come from strangers: only the program that a DecoderPool starts reads them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/fingerprint/decoder/decoder-process' },
      to: { path: '^src/fingerprint/decode\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
