// Nothing is bundled here: what functions do takes no part in a synthesis.
export const handler = async () => ({ statusCode: 204 })
