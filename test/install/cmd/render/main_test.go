package main

import (
	"bytes"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
)

const chart = "../../../../charts/crossvpc"

var release = common.ReleaseOptions{Name: "crossvpc", Namespace: "crossvpc-system", Revision: 1, IsInstall: true}

func TestTheChartsObjectsComeInTheOrderInWhichHelmInstallsThem(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := render(&out, chart, release, "installationID=prod"); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	namespace, definition, deployment := strings.Index(text, "kind: Namespace\n"), strings.Index(text, "kind: CustomResourceDefinition\n"), strings.Index(text, "kind: Deployment\n")
	if namespace < 0 || definition < namespace || deployment < definition || !strings.Contains(text, `value: "prod"`) && !strings.Contains(text, "value: prod") {
		t.Errorf("Namespace at %d, CustomResourceDefinition at %d, Deployment at %d", namespace, definition, deployment)
	}
	if strings.Contains(text, "NOTES.txt") {
		t.Error("the notes are for people")
	}
}

func TestAClusterThatIsReachedFromElsewhereGetsRightsAndNoOperator(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := render(&out, chart, release, "manager.enabled=false,crds.enabled=false"); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, kind := range []string{"Deployment", "CustomResourceDefinition"} {
		if strings.Contains(text, "kind: "+kind+"\n") {
			t.Errorf("there is a %s", kind)
		}
	}
	if !strings.Contains(text, "name: crossvpc-cluster\n") {
		t.Error("there are no rights")
	}
}

func TestAValueThatTheSchemaRefusesIsToldWithTheChart(t *testing.T) {
	t.Parallel()
	if err := render(&bytes.Buffer{}, chart, release, "replicas=many"); err == nil || !strings.Contains(err.Error(), "replicas") {
		t.Errorf("%v", err)
	}
}
