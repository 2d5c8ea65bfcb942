import { NothingClient } from '@aws-sdk/client-of-nothing'
export const handler = () => new NothingClient()
