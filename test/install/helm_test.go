package install

import (
	"testing"

	"helm.sh/helm/v4/pkg/action"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	loader "helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/kube"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// helm talks to the cluster as the program helm does.
func (w *world) helm() *action.Configuration {
	w.t.Helper()
	flags := genericclioptions.NewConfigFlags(false)
	path, release := w.cluster.KubeconfigPath(), namespace
	flags.KubeConfig, flags.Namespace = &path, &release
	config := action.NewConfiguration()
	if err := config.Init(flags, namespace, "secret"); err != nil {
		w.t.Fatal(err)
	}
	return config
}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.Load(chartPath)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// helmInstall is `helm install --create-namespace`, and with takeOwnership what an install by other means needs.
func (w *world) helmInstall(loaded *chart.Chart, values string, takeOwnership bool) error {
	w.t.Helper()
	install := action.NewInstall(w.helm())
	install.ReleaseName, install.Namespace, install.CreateNamespace = releaseName, namespace, true
	install.TakeOwnership, install.ForceConflicts = takeOwnership, takeOwnership
	install.WaitStrategy, install.Timeout = kube.HookOnlyStrategy, patience
	_, err := install.Run(loaded, parseValues(w.t, values))
	return err
}

func (w *world) helmUpgrade(loaded *chart.Chart, values string) {
	w.t.Helper()
	upgrade := action.NewUpgrade(w.helm())
	upgrade.Namespace, upgrade.WaitStrategy, upgrade.Timeout = namespace, kube.HookOnlyStrategy, patience
	if _, err := upgrade.Run(releaseName, loaded, parseValues(w.t, values)); err != nil {
		w.t.Fatal(err)
	}
}

// helmForce is `helm upgrade --force-conflicts`, which docs/upgrade.md asks for after another tool.
func (w *world) helmForce(loaded *chart.Chart) {
	w.t.Helper()
	upgrade := action.NewUpgrade(w.helm())
	upgrade.Namespace, upgrade.WaitStrategy, upgrade.Timeout = namespace, kube.HookOnlyStrategy, patience
	upgrade.ForceConflicts = true
	if _, err := upgrade.Run(releaseName, loaded, parseValues(w.t, "replicas: 1")); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) helmRollback() {
	w.t.Helper()
	rollback := action.NewRollback(w.helm())
	rollback.WaitStrategy, rollback.Timeout, rollback.ServerSideApply = kube.HookOnlyStrategy, patience, "auto"
	if err := rollback.Run(releaseName); err != nil {
		w.t.Fatal(err)
	}
}

// helmUninstall is `helm uninstall --wait`.
func (w *world) helmUninstall() error {
	w.t.Helper()
	uninstall := action.NewUninstall(w.helm())
	uninstall.WaitStrategy, uninstall.Timeout, uninstall.DeletionPropagation = kube.StatusWatcherStrategy, uninstallTime, "background"
	_, err := uninstall.Run(releaseName)
	return err
}
