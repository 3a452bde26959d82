package bundle

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// removed stands where a secret was.
const removed = "<removed>"

// secrets are the shapes of what nobody should send to others. What stands around them stays, so that a reader sees that there was one.
var secrets = []struct {
	shape       *regexp.Regexp
	replacement string
}{
	// Keys in PEM (RFC 7468); one that is cut off goes to the end.
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`), removed},
	// Authorization headers (RFC 6750, RFC 7617, AWS Signature Version 4).
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 " + removed},
	{regexp.MustCompile(`(?i)\b(AWS4-HMAC-SHA256)\s+Credential=[^\r\n"]+`), "$1 " + removed},
	// Tokens for EKS: the prefix and a presigned URL in base64.
	{regexp.MustCompile(`k8s-aws-v1\.[A-Za-z0-9_=-]+`), "k8s-aws-v1." + removed},
	// JSON Web Tokens (RFC 7519): service accounts, OIDC.
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`), removed},
	// Presigned URLs of AWS, plain or escaped once more.
	{regexp.MustCompile(`(?i)(X-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D))[^&\s"'\\]+`), "${1}" + removed},
	// Ids of access keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	{regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{12,}\b`), "${1}" + removed},
	// What is named as one.
	{regexp.MustCompile(`(?i)(["']?\b(?:[a-z0-9_]*(?:secret_?access_?key|session_?token|password|passwd|client_?secret|api_?key|private_?key)|(?:[a-z0-9]+_)*token)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;}]+)`), "${1}" + removed},
}

// Scrub takes out what looks like a secret.
func Scrub(text []byte) []byte {
	for _, secret := range secrets {
		text = secret.shape.ReplaceAll(text, []byte(secret.replacement))
	}
	return text
}

// Bare takes off an object what tells nothing of it: who set which field, and kubectl's copy of what was applied once.
func Bare(object metav1.Object) {
	object.SetManagedFields(nil)
	annotations := object.GetAnnotations()
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	object.SetAnnotations(annotations)
}

// Pod takes the values of environment variables off a pod's containers, too: people keep secrets there.
func Pod(spec *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			for j := range containers[i].Env {
				if containers[i].Env[j].Value != "" {
					containers[i].Env[j].Value = removed
				}
			}
		}
	}
}
