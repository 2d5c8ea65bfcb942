package restapi

// Resource is a resource of a deployed template.
type Resource struct {
	// Stack the resource belongs to.
	Stack string
	// LogicalID within the stack.
	LogicalID string
	// Type such as "AWS::ApiGateway::Method".
	Type string
	// Ref is the value of a reference: the id of an API, resource or authorizer.
	Ref string
	// Properties without intrinsic functions. Numbers and booleans may be text.
	Properties map[string]any
}

const (
	typeRestAPI          = "AWS::ApiGateway::RestApi"
	typeResource         = "AWS::ApiGateway::Resource"
	typeMethod           = "AWS::ApiGateway::Method"
	typeAuthorizer       = "AWS::ApiGateway::Authorizer"
	typeDeployment       = "AWS::ApiGateway::Deployment"
	typeStage            = "AWS::ApiGateway::Stage"
	typeGatewayResponse  = "AWS::ApiGateway::GatewayResponse"
	typeRequestValidator = "AWS::ApiGateway::RequestValidator"
	typeModel            = "AWS::ApiGateway::Model"
)

// partTypes are the types that belong to one API and name it by RestApiId.
var partTypes = map[string]bool{
	typeResource: true, typeMethod: true, typeAuthorizer: true, typeDeployment: true, typeStage: true,
	typeGatewayResponse: true, typeRequestValidator: true, typeModel: true,
}

func (r Resource) String() string { return r.Stack + "/" + r.LogicalID + " (" + r.Type + ")" }
