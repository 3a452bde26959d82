package peeredcluster

import (
	"errors"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// awsUnread is the verdict on a step that could not read AWS: an identity that is
// missing or refused needs a person, everything else may clear by itself.
func awsUnread(what string, err error) verdict.Verdict {
	refusal, ok := errors.AsType[*object.Refusal](err)
	if !ok {
		return verdict.New(verdict.Unclear, v1alpha1.ReasonAWSError, what+": "+strings.TrimSuffix(messageOf(err), ".")+".")
	}
	return verdict.New(refusal.Progress, refusal.Reason, what+": "+strings.TrimSuffix(refusal.InFull().Message, ".")+".")
}

func messageOf(err error) string {
	if messages := awsMessages(err); len(messages) > 0 {
		return messages[0]
	}
	return err.Error()
}

func awsMessages(err error) []string {
	var messages []string
	for _, failure := range aws.Failures(err) {
		if failure.Operation != "" {
			messages = append(messages, failure.Message)
		}
	}
	return messages
}
