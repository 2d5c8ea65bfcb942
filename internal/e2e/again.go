package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
)

// kept is what somebody writes down before the stacks are destroyed, to deploy
// them again over what stays.
type kept struct {
	// secrets are the credentials of the clients, by the names of the secrets.
	secrets map[string]string
	// bucketKeys and tableKeys are ARNs of keys, by Region.
	bucketKeys, tableKeys map[string]string
}

const (
	keptObject  = "/objects/kept"
	keptContent = "written before the stacks were destroyed"
)

// writeDown writes an object in each Region that is to outlive the stacks, and
// notes what the next deployment needs.
func (s *scenario) writeDown(ctx context.Context) (string, error) {
	s.kept = kept{secrets: map[string]string{}, bucketKeys: map[string]string{}, tableKeys: map[string]string{}}
	for _, stack := range s.regionStacks() {
		if err := s.writeDownRegion(ctx, stack); err != nil {
			return "", err
		}
	}
	primary := s.emulators[s.primary().Region]
	secrets := secretsmanager.NewFromConfig(primary.sdk(primary.region))
	for client := range s.config.Clients {
		name := contract.ClientSecret(s.config.Name, client)
		value, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
		if err != nil {
			return "", err
		}
		s.kept.secrets[name] = aws.ToString(value.SecretString)
	}
	return fmt.Sprintf("an object and two keys in each Region, %d secrets of clients", len(s.kept.secrets)), nil
}

func (s *scenario) writeDownRegion(ctx context.Context, stack assembly.Stack) error {
	token, err := s.token(ctx, stack)
	if err != nil {
		return err
	}
	if err := s.expectObject(ctx, stack, http.MethodPut, token, http.StatusNoContent, stack); err != nil {
		return err
	}
	key := s.bucketKey(ctx, stack.Region, s.outputs[stack.Name+"/BucketName"])
	if key == "" {
		return fmt.Errorf("the bucket of %s has no key", stack.Name)
	}
	s.kept.bucketKeys[stack.Region] = key
	s.kept.tableKeys[stack.Region], err = s.tablesKey(ctx, stack)
	return err
}

// expectObject writes or reads the object that is kept, which a Region has written.
func (s *scenario) expectObject(ctx context.Context, stack assembly.Stack, method, token string, status int, writtenIn assembly.Stack) error {
	a, err := s.api(ctx, stack)
	if err != nil {
		return err
	}
	body, holds := "", keptContent+" in "+writtenIn.Region
	if method == http.MethodPut {
		body, holds = holds, ""
	}
	return a.expect(ctx, method, keptObject, token, body, status, holds)
}

// tablesKey is the key of the Region's replicas.
func (s *scenario) tablesKey(ctx context.Context, stack assembly.Stack) (string, error) {
	ids, err := s.emulators[stack.Region].physicalIDs(ctx, stack.Name)
	if err != nil {
		return "", err
	}
	for id, resource := range stack.Template.Resources {
		if resource.Type == "AWS::KMS::Key" && strings.HasPrefix(id, "UnitTablesKey") {
			return keyARN(stack.Region, ids[id]), nil
		}
	}
	return "", fmt.Errorf("%s has no key for tables", stack.Name)
}

func keyARN(region, id string) string { return "arn:aws:kms:" + region + ":" + account + ":key/" + id }

// deployOverKept follows docs/how-to/deploy.md, "Deploy again where something was
// kept". Where the emulator cannot follow, README.md says how this differs.
func (s *scenario) deployOverKept(ctx context.Context) (string, error) {
	if err := s.makeRoom(ctx); err != nil {
		return "", err
	}
	if err := s.synthesizeOverKept(ctx); err != nil {
		return "", err
	}
	if err := s.mustRefuseImport(ctx, s.primary()); err != nil {
		return "", err
	}
	if err := inParallel(ctx, s.regionStacks(), s.importBucket); err != nil {
		return "", err
	}
	if err := s.deployAll(ctx); err != nil {
		return "", err
	}
	if err := s.joinTables(ctx); err != nil {
		return "", err
	}
	if err := s.putCredentialsBack(ctx); err != nil {
		return "", err
	}
	if err := s.checkKept(ctx); err != nil {
		return "", err
	}
	return "both buckets adopted under their old keys, their objects and the old credentials work; " + stillPaired, s.checkPair(ctx)
}

// makeRoom deletes what CloudFormation cannot adopt: secrets, and here the table.
func (s *scenario) makeRoom(ctx context.Context) error {
	for _, stack := range s.regionStacks() {
		if err := deleteSecrets(ctx, secretsmanager.NewFromConfig(s.emulators[stack.Region].sdk(stack.Region))); err != nil {
			return fmt.Errorf("delete the secrets in %s: %w", stack.Region, err)
		}
	}
	data := s.emulators[s.data().Region]
	tables, name := dynamodb.NewFromConfig(data.sdk(data.region)), s.config.TableName(tableName)
	_, err := tables.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, DeletionProtectionEnabled: aws.Bool(false)})
	if err != nil {
		return fmt.Errorf("end the protection of the table: %w", err)
	}
	_, err = tables.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
	return err
}

// deleteSecrets deletes replicas with their secrets, which the emulator does not
// insist on ending first.
func deleteSecrets(ctx context.Context, secrets *secretsmanager.Client) error {
	list, err := secrets.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
	if err != nil {
		return err
	}
	for _, secret := range list.SecretList {
		_, err := secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: secret.Name, ForceDeleteWithoutRecovery: aws.Bool(true)})
		if err != nil {
			return err
		}
	}
	return nil
}

// synthesizeOverKept makes the assembly that goes on with the kept keys.
func (s *scenario) synthesizeOverKept(ctx context.Context) error {
	dev, err := environment(s.context)
	if err != nil {
		return err
	}
	keys := func(of map[string]string) map[string]any {
		return map[string]any{"primary": of[s.config.PrimaryRegion], "secondary": of[s.config.SecondaryRegion]}
	}
	dev["storage"] = map[string]any{"keys": keys(s.kept.bucketKeys), "durability": string(config.DurabilitySync), "witnessRegion": witnessRegion}
	tables, _ := dev["tables"].(map[string]any)
	table, isThere := tables[tableName].(map[string]any)
	if !isThere {
		return errors.New("the environment 'dev' has no table '" + tableName + "'")
	}
	table["keys"] = keys(s.kept.tableKeys)
	if err := os.RemoveAll(s.original()); err != nil {
		return err
	}
	if err := s.runApp(ctx, s.original()); err != nil {
		return err
	}
	s.outputs = map[string]string{}
	if s.config, err = config.Load(s.context["regionpair"], "dev"); err != nil {
		return err
	}
	if s.assembly, err = assembly.Load(s.original()); err != nil {
		return err
	}
	_, err = s.adapt()
	return err
}

// mustRefuseImport deploys as documented, which the emulator refuses: its
// validation is not told what a change set imports. Once it is, importBucket can go.
func (s *scenario) mustRefuseImport(ctx context.Context, stack assembly.Stack) error {
	s.gatekeeper.forget()
	output, err := s.cdk(ctx, stack.Region, "deploy", "--exclusively", stack.Name, "--app", s.adapted(), "--require-approval", "never", "--progress", "events", "--import-existing-resources")
	if err == nil {
		return errors.New("the emulator adopts buckets while it deploys: do so instead of importing them before, and say so in internal/e2e/README.md")
	}
	if !strings.Contains(unwrap(output), "Validation failed with 1 error(s)") {
		return fmt.Errorf("the import failed for another reason: %w", err)
	}
	return s.destroyStack(ctx, stack)
}

// importBucket adopts the Region's bucket into a stack that is not there yet.
func (s *scenario) importBucket(ctx context.Context, stack assembly.Stack) error {
	for id, resource := range stack.Template.Resources {
		if resource.Type != "AWS::S3::Bucket" {
			continue
		}
		mapping, err := json.Marshal(map[string]any{id: map[string]any{"BucketName": resource.Properties["BucketName"]}})
		if err != nil {
			return err
		}
		_, err = s.cdk(ctx, stack.Region, "import", stack.Name, "--app", s.adapted(), "--resource-mapping-inline", string(mapping))
		return err
	}
	return fmt.Errorf("%s has no bucket", stack.Name)
}

// putCredentialsBack gives the clients the secrets that they have.
func (s *scenario) putCredentialsBack(ctx context.Context) error {
	for name, value := range s.kept.secrets {
		// The emulators keep no replicas: each Region's copy is changed.
		for _, stack := range s.regionStacks() {
			secrets := secretsmanager.NewFromConfig(s.emulators[stack.Region].sdk(stack.Region))
			if _, err := secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &value}); err != nil {
				return fmt.Errorf("put back %s in %s: %w", name, stack.Region, err)
			}
		}
	}
	return nil
}

// checkKept copies the objects of the first deployment through the API, as
// docs/explanation/durability.md has it, and reads them as the client that wrote
// them, under the keys of that deployment.
func (s *scenario) checkKept(ctx context.Context) error {
	var client clientCredentials
	if err := json.Unmarshal([]byte(s.kept.secrets[contract.ClientSecret(s.config.Name, clientName)]), &client); err != nil {
		return fmt.Errorf("read the client's old secret: %w", err)
	}
	if err := s.copyThroughAPI(ctx, s.primary(), client); err != nil {
		return err
	}
	for _, stack := range s.regionStacks() {
		token, err := s.tokenFor(ctx, stack, client)
		if err != nil {
			return err
		}
		if err := s.expectObject(ctx, stack, http.MethodGet, token, http.StatusOK, s.primary()); err != nil {
			return err
		}
		if key := s.bucketKey(ctx, stack.Region, s.outputs[stack.Name+"/BucketName"]); key != s.kept.bucketKeys[stack.Region] {
			return fmt.Errorf("the bucket of %s is encrypted with %s, expected %s", stack.Name, key, s.kept.bucketKeys[stack.Region])
		}
	}
	return nil
}
