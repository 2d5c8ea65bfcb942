package main

// conditions are the rules between fields of one environment that a schema can
// say. They hold for whole environments only: with defaults, what a field depends
// on may stand there.
func conditions() []object {
	return []object{
		when(object{"routing": has("policy", "weighted")}, object{"routing": object{"required": []string{"primaryWeight", "secondaryWeight"}}}),
		when(object{"routing": not(has("policy", "weighted"))}, object{"routing": without("primaryWeight", "secondaryWeight")}),
		when(object{"routing": oneOf("policy", "latency", "weighted")}, object{"failback": not(oneOf("mode", "guarded", "manual"))}),
		when(object{"routing": has("records", "alias")}, object{"routing": without("ttlSeconds")}),
		when(object{"failback": has("mode", "auto")}, object{"failback": without("stableMinutes")}),
		when(object{"failback": has("mode", "auto")}, noGrayFailure()),
		when(object{"routing": oneOf("policy", "latency", "weighted")}, noGrayFailure()),
		holds(object{"health": holds(object{"grayFailure": grayFailure()})}),
		when(object{"egress": not(has("enabled", true))}, object{"egress": without("maxAzs", "natGateways", "cidr", "interfaceEndpoints")}),
		when(object{"waf": not(has("enabled", true))}, object{"waf": without("rateLimitPer5Minutes")}),
		when(object{"handler": object{"required": []string{"entry"}}}, object{"handler": object{"required": []string{"routes"}}}),
		when(object{"mutualTls": object{"required": []string{"truststoreUri"}}}, object{"tlsPolicy": object{"const": "TLS_1_2"}}),
		holds(object{"certificates": together("primary", "secondary")}),
		holds(object{"storage": holds(object{"keys": together("primary", "secondary"), "indexKeys": together("primary", "secondary")})}),
		holds(object{"mutualTls": needs("truststoreVersion", "truststoreUri")}),
		holds(object{"alarms": object{"properties": object{
			"slack":  together("workspaceId", "channelId"),
			"tuning": object{"additionalProperties": needs("datapointsToAlarm", "evaluationPeriods")},
		}}}),
		holds(object{"tables": object{"additionalProperties": object{"allOf": tableConditions()}}}),
	}
}

// noGrayFailure where there is no guard.
func noGrayFailure() object {
	return object{"health": holds(object{"grayFailure": not(has("enabled", true))})}
}

func grayFailure() object {
	return object{"if": not(has("enabled", true)), "then": without("errorPercent", "p99Milliseconds", "minRequests")}
}

func tableConditions() []object {
	strong := has("consistency", "strong")
	return []object{
		{"if": strong, "then": without("timeToLiveAttribute"), "else": without("witnessRegion")},
		{"if": strong, "then": object{"required": []string{"witnessRegion"}}},
		{"if": not(has("billing", "provisioned")), "then": without("capacity")},
		holds(object{"keys": together("primary", "secondary")}),
	}
}

// routeConditions are those of a route, which no defaults complete: lists are
// replaced as a whole.
func routeConditions() object {
	return object{
		"if":                has("public", true),
		"then":              without("scopes"),
		"else":              object{"required": []string{"scopes"}},
		"dependentRequired": object{"burst": []string{"ratePerSecond"}},
	}
}

// when says what else holds where something does.
func when(condition, then object) object {
	names := []string{}
	for name := range condition {
		names = append(names, name)
	}
	return object{
		"if":   object{"required": names, "properties": condition},
		"then": holds(then),
	}
}

func holds(properties object) object { return object{"properties": properties} }

// has is true where the field is there and has the value.
func has(field string, value any) object {
	return object{"required": []string{field}, "properties": object{field: object{"const": value}}}
}

func oneOf(field string, values ...any) object {
	return object{"required": []string{field}, "properties": object{field: object{"enum": values}}}
}

func not(schema object) object { return object{"not": schema} }

// without refuses the fields.
func without(fields ...string) object {
	refused := object{}
	for _, field := range fields {
		refused[field] = false
	}
	return object{"properties": refused}
}

// needs says that a field means nothing without the other one.
func needs(field, other string) object {
	return object{"dependentRequired": object{field: []string{other}}}
}

// together says that two fields are given both or not at all.
func together(one, other string) object {
	return object{"dependentRequired": object{one: []string{other}, other: []string{one}}}
}
