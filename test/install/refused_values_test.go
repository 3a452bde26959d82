package install

import (
	"strings"
	"testing"
)

// operatorsRole is a role that a value may name.
const operatorsRole = "'arn:aws:iam::111111111111:role/a'"

func TestTheSchemaRefusesValuesOfAnotherShape(t *testing.T) {
	for values, want := range map[string]string{
		"replica: 3":                                        "'replica' not allowed",
		"installationID: prod/eu":                           "installationID",
		"aws: {credentials: Static}":                        "secretName",
		"aws: {credentials: Keys}":                          "credentials",
		"image: {tag: latest}":                              "tag",
		"image: {digest: 'sha256:1'}":                       "digest",
		"aws: {region: Ireland}":                            "region",
		"metrics: {serviceMonitor: {enable: on}}":           "'enable' not allowed",
		"metrics: {serviceMonitor: {interval: 0s}}":         "interval",
		"metrics: {podMonitor: {interval: 0s}}":             "interval",
		"sweep: 5s":                                         "sweep",
		"extraEnv: [{value: a}]":                            "name",
		"podDisruptionBudget: {maxUnavailable: 0}":          "maxUnavailable",
		"podDisruptionBudget: {maxUnavailable: 0%}":         "maxUnavailable",
		"podDisruptionBudget: {maxUnavailable: '1'}":        "maxUnavailable",
		"serviceAccount: {create: false, name: ''}":         "name",
		"extraArgs: [--zap-stacktrace-level=panic, ''] ":    "extraArgs",
		"networkPolicy: {enabled: true, egressPorts: [70]}": "",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

// expectRefused: rendering fails and says so; with no text wanted, it succeeds.
func expectRefused(t *testing.T, values, want string) {
	t.Helper()
	_, err := render(parseValues(t, values))
	switch {
	case want == "" && err != nil:
		t.Errorf("rendering says %v, and these values are fine", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("rendering says %v, want %q", err, want)
	}
}

func TestValuesThatAnotherOneMakesIdleAreRefused(t *testing.T) {
	for values, want := range map[string]string{
		"leaderElection: false": "one replica only",
		"metrics: {enabled: false, serviceMonitor: {enabled: true}}":                                                                            "metrics.serviceMonitor needs metrics",
		"metrics: {enabled: false, dashboard: {enabled: true}}":                                                                                 "metrics.dashboard needs metrics",
		"metrics: {enabled: false, service: {enabled: true}}":                                                                                   "metrics.service needs metrics",
		"metrics: {podMonitor: {enabled: true}}":                                                                                                "podMonitor needs authorization",
		"metrics: {secure: false, podMonitor: {enabled: true, authorization: {credentials: {name: a, key: b}}}}":                                "would carry its token in plain text",
		"metrics: {serviceMonitor: {enabled: true}, podMonitor: {enabled: true, authorization: {credentials: {name: a, key: b}}}}":              "scrape every metric twice",
		"metrics: {secure: false, serviceMonitor: {enabled: true}, podMonitor: {enabled: true}}":                                                "scrape every metric twice",
		"metrics: {secure: false, reader: {serviceAccount: prometheus}}":                                                                        "metrics.reader.serviceAccount",
		"{rbac: {create: false}, metrics: {reader: {serviceAccount: prometheus}}}":                                                              "metrics.reader.serviceAccount",
		"metrics: {enabled: false, reader: {serviceAccount: prometheus}}":                                                                       "metrics.reader.serviceAccount",
		"networkPolicy: {metricsFrom: [{namespaceSelector: {}}]}":                                                                               "networkPolicy.metricsFrom needs networkPolicy.enabled",
		"networkPolicy: {extraEgress: [{ports: [{port: 80}]}]}":                                                                                 "networkPolicy.extraEgress needs networkPolicy.enabled",
		"{metrics: {enabled: false}, networkPolicy: {enabled: true, metricsFrom: [{namespaceSelector: {}}]}}":                                   "networkPolicy.metricsFrom needs metrics",
		"{manager: {enabled: false}, leaderElection: false}":                                                                                    "one replica only",
		"{manager: {enabled: false}, aws: {credentials: IRSA}}":                                                                                 "aws.roleARN is empty",
		"{manager: {enabled: false}, metrics: {serviceMonitor: {enabled: true}, podMonitor: {enabled: true}}, rbac: {create: false}}":           "scrape every metric twice",
		"{replicas: 1, leaderElection: false}":                                                                                                  "",
		"metrics: {secure: false, podMonitor: {enabled: true}}":                                                                                 "",
		"metrics: {enabled: false}":                                                                                                             "",
		"{networkPolicy: {enabled: true, metricsFrom: [{namespaceSelector: {}}], extraEgress: [{ports: [{port: 80}]}]}, aws: {region: eu-a-1}}": "",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

func TestTheOperatorsRoleIsWrittenWhereItCounts(t *testing.T) {
	for values, want := range map[string]string{
		"aws: {credentials: IRSA}":                                                                                 "aws.roleARN is empty",
		"aws: {roleARN: " + operatorsRole + "}":                                                                    "roleARN is for aws.credentials: IRSA",
		"aws: {credentials: IRSA, roleARN: " + operatorsRole + "}":                                                 "",
		"{aws: {credentials: IRSA}, serviceAccount: {create: false}}":                                              "",
		"{serviceAccount: {create: false, annotations: {a: b}}}":                                                   "serviceAccount.annotations",
		"serviceAccount: {create: false}":                                                                          "",
		"aws: {credentials: IRSA, roleARN: " + operatorsRole + ", secretName: aws}":                                "secretName is for aws.credentials: Static",
		"{aws: {credentials: IRSA, roleARN: " + operatorsRole + "}, serviceAccount: {create: false, name: mine}}":  "kubectl annotate serviceaccount mine -n " + namespace + " eks.amazonaws.com/role-arn=arn:aws:iam::111111111111:role/a",
		"{aws: {credentials: IRSA, roleARN: " + operatorsRole + "}, serviceAccount: {create: false, name: mine}} ": "Leave aws.roleARN out",
		"{aws: {credentials: IRSA, roleARN: " + operatorsRole + "}, serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::222222222222:role/b'}}}": "give the role as aws.roleARN",
		"serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::222222222222:role/b'}}":                                                             "give the role as aws.roleARN",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

func TestAVariableOfTheOperatorHasOneValue(t *testing.T) {
	for values, want := range map[string]string{
		"extraEnv: [{name: HTTPS_PROXY, value: a}, {name: NO_PROXY, value: a}]":                         "",
		"extraEnv: [{name: HTTPS_PROXY, value: a}, {name: HTTPS_PROXY, value: b}]":                      "extraEnv has HTTPS_PROXY twice",
		"extraEnv: [{name: POD_NAMESPACE, value: a}]":                                                   "extraEnv has POD_NAMESPACE, which the chart sets itself",
		"extraEnv: [{name: GOMEMLIMIT, value: 1GiB}]":                                                   "set resources.limits.memory",
		"extraEnv: [{name: AWS_REGION, value: eu-west-1}]":                                              "set aws.region",
		"extraEnv: [{name: AWS_EC2_METADATA_DISABLED, value: 'false'}]":                                 "set aws.instanceMetadata",
		"{aws: {instanceMetadata: true}, extraEnv: [{name: AWS_EC2_METADATA_DISABLED, value: 'true'}]}": "set aws.instanceMetadata",
		"extraEnv: [{name: INSTALLATION_ID, value: prod}]":                                              "set installationID",
		"extraEnv: [{name: PROBE_IMAGE, value: a}]":                                                     "set verification.image",
		"extraEnv: [{name: MAX_CLUSTERS_AT_ONCE, value: '3'}]":                                          "set maxClustersAtOnce",
		"{manager: {enabled: false}, extraEnv: [{name: A, value: a}, {name: A, value: b}]}":             "extraEnv has A twice",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

// With two of them the last one counts: --leader-elect=false would let two replicas act at once.
func TestAFlagOfTheOperatorHasOneValue(t *testing.T) {
	for values, want := range map[string]string{
		"extraArgs: [--zap-stacktrace-level=panic]":                         "",
		"extraArgs: [--leader-elect=false]":                                 "set leaderElection",
		"extraArgs: [-leader-elect=false]":                                  "set leaderElection",
		"{replicas: 1, leaderElection: false, extraArgs: [--leader-elect]}": "set leaderElection",
		"extraArgs: [--sweep, 2m]":                                          "set sweep",
		"extraArgs: [--max-clusters-at-once=2]":                             "set maxClustersAtOnce",
		"extraArgs: [--metrics-secure=false]":                               "set metrics.secure",
		"extraArgs: ['--metrics-bind-address=:9000']":                       "set metrics.enabled",
		"extraArgs: ['--health-probe-bind-address=:9000']":                  "the probes of the pod ask port 8081",
		"extraArgs: [--installation-id=prod]":                               "set installationID",
		"extraArgs: [--probe-image=a]":                                      "set verification.image",
		"extraArgs: [--namespace=a]":                                        "the release's namespace",
		"extraArgs: [--node-name=a]":                                        "the pod's own node",
		"extraArgs: [--zap-log-level=debug]":                                "set logLevel",
		"extraArgs: [--zap-encoder=json]":                                   "",
		"{logLevel: info, extraArgs: [--zap-encoder=console]}":              "extraArgs has --zap-encoder, which the chart sets itself",
		"extraArgs: [--cluster-max-kept=1Gi, --cluster-max-kept=2Gi]":       "extraArgs has --cluster-max-kept twice",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

// Of a key that is written twice in one object the last one counts, and Helm says nothing.
func TestLabelsAndAnnotationsOfTheChartAreNotGivenTwice(t *testing.T) {
	for values, want := range map[string]string{
		"podLabels: {app.kubernetes.io/name: other}":                                                       "podLabels has app.kubernetes.io/name, which the chart sets itself",
		"metrics: {serviceMonitor: {enabled: true, labels: {app.kubernetes.io/instance: a}}}":              "metrics.serviceMonitor.labels has app.kubernetes.io/instance",
		"metrics: {secure: false, podMonitor: {enabled: true, labels: {app.kubernetes.io/managed-by: a}}}": "metrics.podMonitor.labels has app.kubernetes.io/managed-by",
		"metrics: {alerts: {enabled: true, labels: {helm.sh/chart: a}}}":                                   "metrics.alerts.labels has helm.sh/chart",
		"metrics: {dashboard: {enabled: true, labels: {app.kubernetes.io/version: a}}}":                    "metrics.dashboard.labels has app.kubernetes.io/version",
		"serviceAccount: {annotations: {argocd.argoproj.io/sync-wave: '1'}}":                               "serviceAccount.annotations has argocd.argoproj.io/sync-wave",
		"metrics: {service: {enabled: true, annotations: {argocd.argoproj.io/sync-wave: '1'}}}":            "metrics.service.annotations has argocd.argoproj.io/sync-wave",
		"{podLabels: {team: a}, podAnnotations: {argocd.argoproj.io/sync-wave: '1'}}":                      "",
	} {
		t.Run(values, func(t *testing.T) { expectRefused(t, values, want) })
	}
}

func TestAPodMonitorInPlaceOfTheServiceMonitorRenders(t *testing.T) {
	values := parseValues(t, everything)
	merge(values, parseValues(t, podMonitor))
	manifest, err := render(values)
	if err != nil {
		t.Fatal(err)
	}
	find(t, parse(t, manifest), "PodMonitor/"+namespace+"/crossvpc")
}
