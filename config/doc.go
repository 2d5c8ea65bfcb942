// Package config is the configuration of a pair: what a platform engineer writes in cdk.json, typed, completed with
// defaults and checked before a single construct is made.
//
// The section lives in cdk.json under context.regionpair:
//
//	"context": {
//	  "regionpair": {
//	    "environments": {
//	      "dev": {
//	        "name": "orders",
//	        "primaryRegion": "eu-west-1",
//	        "secondaryRegion": "eu-central-1",
//	        "domainName": "api.example.com",
//	        "hostedZone": {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"},
//	        "clients": {"partner": {"scopes": ["objects/read", "objects/write"]}}
//	      }
//	    }
//	  }
//	}
//
// [Load] turns one environment of it into a [Config] that is complete and valid, or returns every problem at once as
// [Errors]. The package is plain Go: it reads no file, no environment variable and no clock, and it needs no jsii.
//
// The rules that fit in one field (default, allowed values, range, pattern) are declared once, as tags of that field.
// Decoding, validation, regionpair.schema.json and docs/reference/configuration.md all read them there.
package config

//go:generate go run ./internal/gen
