import { hello } from 'greeting'
export const handle = async () => hello
