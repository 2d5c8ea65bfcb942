// Command names answers with what it was told the names of.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

func main() { lambda.Start(answer) }

func answer(ctx context.Context, request events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	loaded, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	secretName, parameterName := os.Getenv("SECRET_BACKEND"), os.Getenv("PARAMETER_PAGE_SIZE")
	secret, err := secretsmanager.NewFromConfig(loaded).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secretName})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	parameter, err := ssm.NewFromConfig(loaded).GetParameter(ctx, &ssm.GetParameterInput{Name: &parameterName})
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	body, err := json.Marshal(map[string]any{
		"method": request.HTTPMethod, "resource": request.Resource, "pageSize": *parameter.Parameter.Value, "secretLength": len(*secret.SecretString),
	})
	return events.APIGatewayProxyResponse{StatusCode: 200, Body: string(body)}, err
}
