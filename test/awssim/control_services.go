package awssim

import "net/http"

// serviceControl adds what the services beside EC2, throttling and quotas can be told.
func (c *Cloud) serviceControl(mux *http.ServeMux) {
	mux.HandleFunc("GET "+controlPrefix+"actions", get(func() any { return c.Actions() }))
	mux.HandleFunc("POST "+controlPrefix+"roles", told(c.DeclareRole))
	mux.HandleFunc("DELETE "+controlPrefix+"roles", done(func(r *http.Request) { c.RemoveRole(r.FormValue("arn")) }))
	mux.HandleFunc("PUT "+controlPrefix+"quotas", told(func(quota struct {
		Account string `json:"account"`
		Code    string `json:"code"`
		Value   int    `json:"value"`
	}) error {
		return c.SetQuota(quota.Account, quota.Code, quota.Value)
	}))
	mux.HandleFunc("DELETE "+controlPrefix+"quotas", done(func(r *http.Request) { c.RestoreQuota(r.FormValue("account"), r.FormValue("code")) }))
	mux.HandleFunc("PUT "+controlPrefix+"clusters", told(func(cluster struct {
		Place
		Name                 string `json:"name"`
		Endpoint             string `json:"endpoint"`
		CertificateAuthority string `json:"certificateAuthority"`
	}) error {
		return c.SetClusterEndpoint(cluster.Place, cluster.Name, cluster.Endpoint, cluster.CertificateAuthority)
	}))
	mux.HandleFunc("PUT "+controlPrefix+"shares", told(func(share struct {
		Place
		With    string   `json:"with"`
		Subnets []string `json:"subnets"`
	}) error {
		return c.ShareSubnets(share.Place, share.With, share.Subnets...)
	}))
	mux.HandleFunc("GET "+controlPrefix+"instances", c.getInstances)
	mux.HandleFunc("PUT "+controlPrefix+"throttling", told(func(throttling struct {
		Account string `json:"account"`
		Enabled bool   `json:"enabled"`
	}) error {
		c.Throttle(throttling.Account, throttling.Enabled)
		return nil
	}))
}

// told does something with a strictly read JSON body.
func told[In any](do func(In) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if !read(w, r, &in) {
			return
		}
		if err := do(in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
