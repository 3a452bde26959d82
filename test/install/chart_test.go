package install

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/action"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestTheChartIsLintedWithoutAWarning(t *testing.T) {
	lint := action.NewLint()
	lint.Strict, lint.Namespace = true, namespace
	result := lint.Run([]string{chartPath}, map[string]any{})
	for _, message := range result.Messages {
		t.Log(message)
	}
	for _, err := range result.Errors {
		t.Error(err)
	}
	if result.TotalChartsLinted != 1 {
		t.Errorf("%d charts were linted", result.TotalChartsLinted)
	}
}

func TestDeletionProtectionIsTheSameByChartAndByKustomize(t *testing.T) {
	want, got := map[string]string{}, map[string]string{}
	for _, object := range kustomize(t, "config/protection") {
		want[nameOf(object)] = bare(t, object)
	}
	for _, object := range mustRender(t, "deletionProtection: {enabled: true}") {
		if strings.HasPrefix(object.GetKind(), "ValidatingAdmissionPolicy") {
			expectLabels(t, object)
			got[nameOf(object)] = bare(t, object)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 {
		t.Errorf("-kustomize +chart:\n%s", diff)
	}
	if strings.Contains(names(mustRender(t, "")), "ValidatingAdmissionPolicy") {
		t.Error("it is on by default")
	}
}

// The one object that only kustomize has is the namespace of the release: Helm makes it.
func TestTheChartRendersToTheObjectsOfTheKustomizeTree(t *testing.T) {
	want := map[string]string{}
	for _, object := range kustomize(t, "config/install") {
		want[nameOf(object)] = bare(t, object)
	}
	delete(want, "Namespace/"+namespace)
	got := map[string]string{}
	for _, object := range mustRender(t, "") {
		expectLabels(t, object)
		got[nameOf(object)] = bare(t, object)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-kustomize +chart:\n%s", diff)
	}
}

var helmLabels = []string{"helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance", "app.kubernetes.io/version"}

func expectLabels(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	for _, key := range helmLabels {
		if object.GetLabels()[key] == "" {
			t.Errorf("%s is without the label %s", nameOf(object), key)
		}
	}
}

// bare is an object without what only Helm puts on it.
func bare(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	for _, key := range helmLabels {
		delete(labels, key)
	}
	delete(annotations, "helm.sh/resource-policy")
	for field, left := range map[string]map[string]string{"labels": labels, "annotations": annotations} {
		if len(left) == 0 {
			unstructured.RemoveNestedField(object.Object, "metadata", field)
			continue
		}
		if err := unstructured.SetNestedStringMap(object.Object, left, "metadata", field); err != nil {
			t.Fatal(err)
		}
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWithoutLeaderElectionThePodIsReplacedAndNotJoinedByItsSuccessor(t *testing.T) {
	for values, want := range map[string]string{"{replicas: 1, leaderElection: false}": "Recreate", "{replicas: 1}": ""} {
		deployment := find(t, mustRender(t, values), "Deployment/"+namespace+"/crossvpc")
		if got, _, _ := unstructured.NestedString(deployment.Object, "spec", "strategy", "type"); got != want {
			t.Errorf("%s: the strategy is %q instead of %q", values, got, want)
		}
	}
}

// everything switches on all that is off by default and may be on together.
const everything = `
installationID: prod
aws: {region: eu-west-1, credentials: IRSA, roleARN: "arn:aws:iam::111111111111:role/crossvpc-operator", instanceMetadata: true}
image: {repository: registry.example/crossvpc, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000", pullPolicy: Always}
imagePullSecrets: [{name: registry}]
replicas: 3
sweep: 2m
maxClustersAtOnce: 3
logLevel: info
verification: {image: registry.example/probe:v1}
serviceAccount: {annotations: {a: b}}
priorityClassName: system-cluster-critical
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: CriticalAddonsOnly, operator: Exists}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app.kubernetes.io/name: crossvpc}}}]
podAnnotations: {a: b}
podLabels: {team: network}
extraEnv: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
extraEnvFrom: [{secretRef: {name: more}}]
extraArgs: [--zap-stacktrace-level=panic]
extraVolumes: [{name: ca, configMap: {name: ca}}]
extraVolumeMounts: [{name: ca, mountPath: /ca}]
deletionProtection: {enabled: true}
networkPolicy: {enabled: true, metricsFrom: [{namespaceSelector: {}}], extraEgress: [{ports: [{port: 8443}]}]}
metrics:
  service: {annotations: {a: b}}
  serviceMonitor: {enabled: true, labels: {release: prometheus}}
  reader: {serviceAccount: prometheus-k8s}
  alerts: {enabled: true}
  dashboard: {enabled: true}
`

// podMonitor is the other way to scrape: with both, all would be scraped twice.
const podMonitor = `
metrics:
  serviceMonitor: {enabled: false}
  podMonitor: {enabled: true, labels: {release: prometheus}, authorization: {credentials: {name: prometheus-token, key: token}}}
`

// The golden file is for the reader of a change; the API server's word on it is TestTheAPIServerTakesAllThatTheChartCanRender.
func TestEverythingSwitchedOn(t *testing.T) {
	var text strings.Builder
	for _, object := range mustRender(t, everything) {
		switch object.GetKind() {
		case "CustomResourceDefinition", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding", "PrometheusRule":
			text.WriteString("# " + nameOf(object) + "\n")
			continue
		case "ConfigMap":
			object.Object["data"] = "(the dashboard)"
		}
		out, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString("---\n" + string(out))
	}
	golden(t, "testdata/everything.yaml", text.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 writes it):\n%s", file, diff)
	}
}

func TestWhatCanBeSwitchedOff(t *testing.T) {
	for values, gone := range map[string]string{
		"crds: {enabled: false}":                "CustomResourceDefinition/",
		"rbac: {create: false}":                 "Role",
		"serviceAccount: {create: false}":       "ServiceAccount/",
		"podDisruptionBudget: {enabled: false}": "PodDisruptionBudget/",
		"verification: {enabled: false}":        "Namespace/crossvpc-probe",
		"cluster: {enabled: false}":             "ClusterRole/crossvpc-cluster",
		"manager: {enabled: false}":             "Deployment/",
	} {
		t.Run(values, func(t *testing.T) {
			if !strings.Contains(names(mustRender(t, "")), gone) {
				t.Fatalf("by default there is no %s", gone)
			}
			if got := names(mustRender(t, values)); strings.Contains(got, gone) {
				t.Errorf("there is %s in\n%s", gone, got)
			}
		})
	}
}

func names(objects []*unstructured.Unstructured) string {
	var text strings.Builder
	for _, object := range objects {
		text.WriteString(nameOf(object) + "\n")
	}
	return text.String()
}

func TestTheCRDsAreKeptUnlessToldOtherwise(t *testing.T) {
	const name = "CustomResourceDefinition/vpcpeerings.networking.crossvpc.io"
	if got := find(t, mustRender(t, ""), name).GetAnnotations()["helm.sh/resource-policy"]; got != "keep" {
		t.Errorf("the policy is %q", got)
	}
	if got := find(t, mustRender(t, "crds: {keep: false}"), name).GetAnnotations()["helm.sh/resource-policy"]; got != "" {
		t.Errorf("the policy is %q", got)
	}
}

// What is applied names one version, and it is the chart's.
func TestTheImageOfBothWaysIsTheOneOfTheChartsVersion(t *testing.T) {
	var chart struct{ AppVersion, Version string }
	text, err := os.ReadFile(chartPath + "/Chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &chart); err != nil {
		t.Fatal(err)
	}
	if chart.AppVersion != "v"+chart.Version {
		t.Errorf("the chart is of version %s, the app of %s", chart.Version, chart.AppVersion)
	}
	image := "ghcr.io/crossvpc/crossvpc:" + chart.AppVersion
	deployed := find(t, kustomize(t, "config/install"), "Deployment/"+namespace+"/crossvpc")
	containers, _, _ := unstructured.NestedSlice(deployed.Object, "spec", "template", "spec", "containers")
	if got := containers[0].(map[string]any)["image"]; got != image {
		t.Errorf("config/manager has the image %v, want %s", got, image)
	}
	if !strings.Contains(string(text), "image: "+image) {
		t.Errorf("the annotations of Chart.yaml do not name %s", image)
	}
}
