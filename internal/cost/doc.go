// Package cost computes what the resources of a cloud assembly cost each month
// before they serve a request, from a list of prices that has a date. It knows the
// kinds of resources that a pair consists of and that AWS bills while idle.
package cost
