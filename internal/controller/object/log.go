package object

import (
	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Logger gives the log lines of a reconciliation the object once, under its kind: the
// default of controller-runtime names it three times and puts what happened behind it.
func Logger(base logr.Logger, kind string) func(*reconcile.Request) logr.Logger {
	return func(request *reconcile.Request) logr.Logger {
		if request == nil {
			return base.WithValues("controller", kind)
		}
		name := request.Name
		if request.Namespace != "" {
			name = request.Namespace + "/" + name
		}
		return base.WithValues(kind, name)
	}
}
