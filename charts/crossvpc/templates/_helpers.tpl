{{/* Labels of every object; what selects pods is the name alone, as in config/, so that a release can take over. */}}
{{- define "crossvpc.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "crossvpc.selector" -}}
app.kubernetes.io/name: crossvpc
{{- end }}

{{- define "crossvpc.serviceAccountName" -}}
{{ .Values.serviceAccount.name | quote }}
{{- end }}

{{- define "crossvpc.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Argo CD applies lower waves first and deletes them last: the manager outlives what it has to release (docs/gitops.md). */}}
{{- define "crossvpc.wave" -}}
argocd.argoproj.io/sync-wave: {{ . | quote }}
{{- end }}
