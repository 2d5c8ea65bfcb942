// The pair of this repository's cdk.json as one would write it in TypeScript: the
// same resources, stack by stack. `make bench` compares how long both take.
import { App } from 'aws-cdk-lib'
import { GlobalStack } from './lib/global.js'
import { RegionStack } from './lib/region.js'

const app = new App()
const account = '111122223333'
const added = Number(app.node.tryGetContext('routes') ?? 0)

const regional = { name: 'orders', domainName: 'api.example.com', zoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com', added }
const primary = new RegionStack(app, 'orders-primary', { ...regional, role: 'primary', peerRegion: 'eu-central-1', env: { account, region: 'eu-west-1' } })
const secondary = new RegionStack(app, 'orders-secondary', { ...regional, role: 'secondary', peerRegion: 'eu-west-1', env: { account, region: 'eu-central-1' } })
new GlobalStack(app, 'orders-global', { ...regional, primary, secondary, env: { account, region: 'us-east-1' } })
