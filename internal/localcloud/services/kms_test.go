package services_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeysOfAnotherRegionAreUnknown(t *testing.T) {
	r := newRegion("eu-west-1")
	_, arn := r.CreateKey()
	client := kms.NewFromConfig(serve(t, r.KMS()))
	generate := func(arn string) error {
		_, err := client.GenerateDataKeyWithoutPlaintext(t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &arn, KeySpec: kmstypes.DataKeySpecAes256})
		return err
	}
	require.NoError(t, generate(arn))
	mustFail(t, generate(strings.Replace(arn, "eu-west-1", "eu-central-1", 1)), "NotFoundException")
	_, err := client.ListKeys(t.Context(), &kms.ListKeysInput{})
	mustFail(t, err, "UnknownOperationException")
}

func TestDataKeysNeedOneSize(t *testing.T) {
	r := newRegion("eu-west-1")
	id, arn := r.CreateKey()
	client := kms.NewFromConfig(serve(t, r.KMS()))
	for name, input := range map[string]kms.GenerateDataKeyWithoutPlaintextInput{
		"none": {}, "both": {KeySpec: kmstypes.DataKeySpecAes256, NumberOfBytes: aws.Int32(32)},
		"too many": {NumberOfBytes: aws.Int32(1025)}, "unknown": {KeySpec: "AES_512"},
	} {
		t.Run(name, func(t *testing.T) {
			input.KeyId = &arn
			_, err := client.GenerateDataKeyWithoutPlaintext(t.Context(), &input)
			mustFail(t, err, "ValidationException")
		})
	}
	output, err := client.GenerateDataKeyWithoutPlaintext(t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &id, NumberOfBytes: aws.Int32(64)})
	require.NoError(t, err)
	assert.Equal(t, arn, *output.KeyId)
	opened, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: output.CiphertextBlob})
	require.NoError(t, err)
	assert.Len(t, opened.Plaintext, 64)
}

func TestOnlyTheKeyItselfOpensWhatItEncrypted(t *testing.T) {
	r, peer := newRegion("eu-west-1"), newRegion("eu-central-1")
	id, arn := r.CreateKey()
	_, other := r.CreateKey()
	client := kms.NewFromConfig(serve(t, r.KMS()))
	context := map[string]string{"purpose": "test", "a": "b"}
	sealed, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &id, Plaintext: []byte("text"), EncryptionContext: context})
	require.NoError(t, err)
	assert.NotContains(t, string(sealed.CiphertextBlob), "text")
	opened, err := client.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, KeyId: &arn, EncryptionContext: context})
	require.NoError(t, err)
	assert.Equal(t, "text", string(opened.Plaintext))

	broken := append([]byte{}, sealed.CiphertextBlob...)
	broken[len(broken)-1] ^= 1
	for name, test := range map[string]struct {
		input kms.DecryptInput
		code  string
	}{
		"other context": {kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}, "InvalidCiphertextException"},
		"other key":     {kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context, KeyId: &other}, "IncorrectKeyException"},
		"changed":       {kms.DecryptInput{CiphertextBlob: broken, EncryptionContext: context}, "InvalidCiphertextException"},
		"cut":           {kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob[:40], EncryptionContext: context}, "InvalidCiphertextException"},
		"too short":     {kms.DecryptInput{CiphertextBlob: []byte("x")}, "InvalidCiphertextException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Decrypt(t.Context(), &test.input)
			mustFail(t, err, test.code)
		})
	}
	_, err = kms.NewFromConfig(serve(t, peer.KMS())).Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context})
	mustFail(t, err, "InvalidCiphertextException")
	_, err = client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &id, Plaintext: make([]byte, 4097)})
	mustFail(t, err, "ValidationException")
	_, err = client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String("none"), Plaintext: []byte("x")})
	mustFail(t, err, "NotFoundException")
}

func TestKeysAreDescribed(t *testing.T) {
	r := newRegion("eu-west-1")
	id, arn := r.CreateKey()
	client := kms.NewFromConfig(serve(t, r.KMS()))
	described, err := client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id})
	require.NoError(t, err)
	assert.Equal(t, arn, *described.KeyMetadata.Arn)
	assert.Equal(t, kmstypes.KeyStateEnabled, described.KeyMetadata.KeyState)
	assert.False(t, described.KeyMetadata.CreationDate.IsZero())
	_, err = client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("none")})
	mustFail(t, err, "NotFoundException")
}
