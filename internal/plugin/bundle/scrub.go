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
	// A password in a URL (RFC 3986, section 3.2.1).
	{regexp.MustCompile(`(://[^/\s:@"']*):[^@/\s"']+@`), "${1}:" + removed + "@"},
	// What is named as one: quoted, also within a quoted text, as a variable or flag, and as a field of YAML, which ends with its line.
	{regexp.MustCompile(`(?i)(` + named + `\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|\\"(?:[^"\\]|\\\\.)*\\")`), "${1}" + removed},
	{regexp.MustCompile(`(?i)(` + named + `:[ \t]+)[^\s"'\\|>][^\r\n]*`), "${1}" + removed},
	{regexp.MustCompile(`(?i)(` + named + `\s*[:=][ \t]*)[^\s,;}"'\\|>]+`), "${1}" + removed},
}

// named are the names of secrets, in any case and with what is before them.
const named = `[a-z0-9_.-]*(?:secret[-_]?access[-_]?key|access[-_]?key|session[-_]?token|password|passwd|client[-_]?secret|api[-_]?key|private[-_]?key|token)\\?["']?`

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

// Variables takes the values of environment variables off a pod's containers: people keep secrets there.
func Variables(spec *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			hide(containers[i].Env)
		}
	}
	for i := range spec.EphemeralContainers {
		hide(spec.EphemeralContainers[i].Env)
	}
}

func hide(variables []corev1.EnvVar) {
	for i := range variables {
		if variables[i].Value != "" {
			variables[i].Value = removed
		}
	}
}

// Outline is what the checks look at of a pod that is not ours: where it is, how it is labelled, and how it is. What runs in it, with its
// arguments, is its owner's.
func Outline(pod *corev1.Pod) *corev1.Pod {
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels, CreationTimestamp: pod.CreationTimestamp},
		Spec:       corev1.PodSpec{NodeName: pod.Spec.NodeName, HostNetwork: pod.Spec.HostNetwork},
		Status:     corev1.PodStatus{Phase: pod.Status.Phase, PodIP: pod.Status.PodIP, PodIPs: pod.Status.PodIPs, HostIP: pod.Status.HostIP, Conditions: pod.Status.Conditions},
	}
}

// Headers takes out what rules about HTTP compare the headers of requests with: people keep credentials there.
func Headers(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if key == "headers" || key == "headerMatches" {
				value[key] = removed
				continue
			}
			Headers(below)
		}
	case []any:
		for _, below := range value {
			Headers(below)
		}
	}
}
