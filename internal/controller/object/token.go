package object

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// longestToken is how many characters status takes of an annotation's value.
const longestToken = 256

// Token is what status records of an annotation by which a person asks for a retry: its
// value, or a digest of one that is too long. A token that status does not have yet asks
// for one.
func Token(object client.Object, annotation string) string {
	value := object.GetAnnotations()[annotation]
	if len(value) > longestToken {
		return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(value)))
	}
	return value
}

// GenerationToken changes with the spec, too: "7", or "7-0f3c51ab" with the annotation.
func GenerationToken(object client.Object, annotation string) string {
	token := strconv.FormatInt(object.GetGeneration(), 10)
	if value := object.GetAnnotations()[annotation]; value != "" {
		token += fmt.Sprintf("-%.4x", sha256.Sum256([]byte(value)))
	}
	return token
}
