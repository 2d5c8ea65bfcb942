// Package contract holds the strings that two programs must agree on: names of
// environment variables, properties of custom resources, metrics, parameters,
// secrets and headers. Constructs write them into a template; functions, the
// local cloud and the command-line tool read them from there. It imports
// nothing, so that all of them can import it.
package contract

// RegionHeader names, in every answer, the Region that gave it.
const RegionHeader = "X-Served-By-Region"

// RoutesFile is the file beside the authorizer's binary that lists the routes
// it decides about: too long for an environment variable.
const RoutesFile = "routes.json"
