resource "aws_efs_file_system" "uploads" {
  creation_token = "uploads-files-encrypted"
  encrypted      = false
}

resource "aws_efs_backup_policy" "uploads" {
  file_system_id = aws_efs_file_system.uploads.id
  backup_policy {
    status = "ENABLED"
  }
}
