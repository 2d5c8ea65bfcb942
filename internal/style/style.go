// Package style holds the colours that the report and the console share: dark
// and light, readable, and told apart by people who see colours differently.
package style

import _ "embed" // the style sheet

// Colours are custom properties of CSS.
//
//go:embed colours.css
var Colours string
