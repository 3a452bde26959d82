package bundle

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhatLooksLikeASecretIsTakenOut(t *testing.T) {
	const planted = "zUqVf3kJx8wQ2LmN"
	for name, text := range map[string]string{
		"a bearer token":                  "Authorization: Bearer " + planted + "\n",
		"basic credentials":               "authorization: basic " + planted + "==\n",
		"a signature":                     "Authorization: AWS4-HMAC-SHA256 Credential=" + planted + "/x, Signature=" + planted,
		"a token for EKS":                 "dial with k8s-aws-v1." + planted + " failed",
		"a JSON Web Token":                "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0." + planted,
		"a presigned URL":                 "https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=" + planted + "&X-Amz-Security-Token=" + planted,
		"a presigned URL that is a value": "https%3A%2F%2Fsts%3FX-Amz-Signature%3D" + planted,
		"a key":                           "-----BEGIN EC PRIVATE KEY-----\n" + planted + "\n-----END EC PRIVATE KEY-----\n",
		"a key that is cut off":           "-----BEGIN PRIVATE KEY-----\n" + planted,
		"the id of an access key":         "The access key ASIA" + strings.ToUpper(planted) + " is not known",
		"a variable":                      "AWS_SECRET_ACCESS_KEY=" + planted,
		"a field of YAML":                 "  password: " + planted + "\n",
		"a field of JSON":                 `{"token":"` + planted + `","sessionToken": "` + planted + `"}`,
		"a field of YAML with spaces":     "  password: two words " + planted + "\n  kept: yes\n",
		"a token by another name":         "accessToken: " + planted + "\nauthToken=" + planted,
		"a header":                        "X-Api-Key: " + planted,
		"a name with hyphens":             "--client-secret=" + planted + " --secret-access-key " + "--secret-access-key=" + planted,
		"JSON in a text":                  `{"msg":"got {\"password\":\"` + planted + `\"}"}`,
		"a password in a URL":             "--dsn=postgres://shop:" + planted + "@db/shop",
		"a field of JSON with escapes":    `{"clientSecret":"a\"b` + planted + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := Scrub([]byte(text)); bytes.Contains(bytes.ToLower(got), []byte(strings.ToLower(planted))) {
				t.Errorf("the secret is still there: %s", got)
			}
		})
	}
}

func TestWhatAMaintainerNeedsStays(t *testing.T) {
	for _, text := range []string{
		"secretRef:\n  name: us-kubeconfig\n  namespace: crossvpc-system\n",
		"message: AWSIdentity default has no credentials: the token file is missing",
		"roleARN: arn:aws:iam::111111111111:role/crossvpc\nexternalID: prod/default\n",
		"pcx-0a1b2c3d4e5f60718 is active; rtb-0a1b2c3d4e5f60718 has 10.1.0.0/16",
		"TokenExpired: get a new one",
		"https://sts.eu-west-1.amazonaws.com:443/ refuses connections",
	} {
		if got := Scrub([]byte(text)); string(got) != text {
			t.Errorf("changed:\n%s\nto\n%s", text, got)
		}
	}
}

func TestAnObjectComesWithoutItsCopyAndWithoutValuesOfVariables(t *testing.T) {
	pod := leaky()
	Bare(pod)
	Variables(&pod.Spec)
	if strings.Contains(pod.String(), "planted") || strings.Contains(pod.String(), "last-applied") || len(pod.ManagedFields) > 0 {
		t.Errorf("left: %s", pod)
	}
	if pod.Annotations["kept"] != "yes" || pod.Spec.Containers[0].Env[1].Value != "" || pod.Spec.Containers[0].Args[0] != "--leader-elect" {
		t.Errorf("lost: %s", pod)
	}
}

func TestAPodOfOthersComesInOutline(t *testing.T) {
	pod := leaky()
	outline := Outline(pod)
	if strings.Contains(outline.String(), "planted") || len(outline.Spec.Containers) > 0 || len(outline.Annotations) > 0 {
		t.Errorf("left: %s", outline)
	}
	if outline.Status.PodIP != "10.11.1.1" || outline.Spec.NodeName != "node-1" || outline.Labels["app"] != "shop" || outline.Name != "cart-0" {
		t.Errorf("lost: %s", outline)
	}
}

func leaky() *corev1.Pod {
	variables := []corev1.EnvVar{{Name: "A", Value: "planted"}}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "cart-0", Labels: map[string]string{"app": "shop"},
			Annotations:   map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "yes"},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		},
		Spec: corev1.PodSpec{
			NodeName:            "node-1",
			InitContainers:      []corev1.Container{{Env: variables}},
			Containers:          []corev1.Container{{Args: []string{"--leader-elect"}, Env: []corev1.EnvVar{{Name: "B", Value: "planted"}, {Name: "C"}}}},
			EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Env: []corev1.EnvVar{{Name: "D", Value: "planted"}}}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.11.1.1"},
	}
}
